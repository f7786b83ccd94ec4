"""Long words of compiler, linker and sanitizers become few lines in the student's own files."""

import subprocess
from pathlib import Path

import pytest

from experiments.runner.labs.build.complaints import complaints
from experiments.runner.labs.build.linker import linker_lines
from experiments.runner.labs.run.process import ADDR_NO_RANDOMIZE, run_program
from experiments.runner.labs.run.sanitizer import BLIND, shorten

OWN = Path("/home/me/my work")
STARTER = {"reactor.cpp": "std::unique_ptr<Reactor> make_reactor(std::unique_ptr<D> d) {\n"}

IN_LIBRARY = """\
In file included from /usr/include/c++/12/algorithm:61,
                 from /home/me/my work/a.cpp:1:
/usr/include/c++/12/bits/ops.h: In instantiation of 'bool less(I, J) [with I = P*]':
/usr/include/c++/12/bits/algo.h:1809:14:   required from 'void std::sort(I, I)'
/home/me/my work/a.cpp:3:12:   required from here
/usr/include/c++/12/bits/ops.h:45:23: error: no match for 'operator<' (operand types are 'P')
   45 |       { return *__it1 < *__it2; }
      |                ~~~~~~~^~~~~~~~
/usr/include/c++/12/bits/iterator.h:1185:5: note: candidate: 'operator<=>(…)'
 1185 |     operator<=>(const A& __lhs,
      |     ^~~~~~~~
/usr/include/c++/12/bits/ops.h:98:22: error: no match for 'operator<' again
/home/me/my work/a.cpp:9:7: warning: unused variable 'x' [-Wunused-variable]
    9 |   int x = 3;
      |       ^
"""


def test_an_error_in_a_library_is_told_where_it_came_from() -> None:
    first, second, warning = complaints(IN_LIBRARY, [OWN])
    assert list(first.lines()) == [
        f"{OWN}/a.cpp:3:12: error: no match for 'operator<' (operand types are 'P') "
        "(found in ops.h)"
    ]
    assert str(second.place).startswith("/usr/include")
    assert not warning.error
    assert list(warning.lines())[1:] == ["    9 |   int x = 3;", "      |       ^"]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_real_compilers_words(tmp_path: Path, compiler: str) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    file = folder / "mine.cpp"
    file.write_text(
        "struct Role { virtual void act(int) = 0; virtual void rest() = 0; };\n"
        "struct Mine : Role { void act(int) override {} };\n"
        "int main() {\n"
        "  Mine mine;\n"
        "  wrong(3);\n"
        "}\n"
    )
    try:
        done = subprocess.run(
            [compiler, "-std=c++20", "-fsyntax-only", file], capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.skip(f"{compiler} is not installed")
    abstract, undeclared = complaints(done.stderr, [folder])
    assert str(abstract.place).endswith("mine.cpp:4:8") and abstract.error
    assert any("rest" in line for line in abstract.lines())
    assert any(line.strip(" |5").startswith("wrong(3);") for line in undeclared.lines())


def test_an_error_without_a_place_is_kept() -> None:
    (one,) = complaints("c++: fatal error: no input files\ncompilation terminated.\n", [OWN])
    assert list(one.lines()) == ["error: no input files"]


def test_a_very_long_text_is_cut() -> None:
    (one,) = complaints(f"{OWN}/a.cpp:1:1: error: {'x' * 5000}\n", [OWN])
    assert len(next(one.lines())) < 400


def test_a_missing_function_is_one_line() -> None:
    said = (
        "/usr/bin/ld: test.o: in function `lab::f()':\n"
        "/w/test.cpp:5: undefined reference to `lab::make_reactor(std::unique_ptr<lab::D>)'\n"
        "/usr/bin/ld: /w/test.cpp:9: undefined reference to `lab::make_reactor(std::unique_ptr<"
        "lab::D>)'\n"
        "mine.cpp:7: undefined reference to `vtable for lab::(anonymous namespace)::Mine'\n"
        "collect2: error: ld returned 1 exit status\n"
    )
    assert linker_lines(said, STARTER) == [
        "lab::make_reactor() is not defined; reactor.cpp should define it",
        "lab::(anonymous namespace)::Mine declares virtual functions that are defined nowhere",
    ]


def test_a_function_that_is_there_twice_is_one_line() -> None:
    said = (
        "/usr/bin/ld: /b/b.cpp.o: in function `lab::f()':\n"
        "/w/b.cpp:3: multiple definition of `lab::f()'; /b/a.cpp.o:/w/a.cpp:3: first defined here\n"
    )
    assert linker_lines(said, {}) == ["lab::f() is defined twice: a.cpp and b.cpp"]


def test_what_no_rule_knows_is_told_as_it_is() -> None:
    assert linker_lines("ld: x\ncollect2: error: no\n", {}) == ["collect2: error: no"]


USE_AFTER_FREE = """\
=================================================================
==15418==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x5 bp 0x7 sp 0x7
READ of size 4 at 0x604000000010 thread T0
    #0 0x55c5 in std::string::size() /usr/include/c++/12/bits/basic_string.h:234
    #1 0x55c5 in lab::(anonymous namespace)::Connection::read() /home/me/my work/server.cpp:12
    #2 0x55c5 in main /w/test.cpp:25

0x604000000010 is located 0 bytes inside of 40-byte region [0x60,0x61)
freed by thread T0 here:
    #0 0x7f81 in operator delete(void*, unsigned long) ../../src/asan_new_delete.cpp:164
    #1 0x55c5 in drop /home/me/my work/server.cpp:40:3

previously allocated by thread T0 here:
    #0 0x7f81 in operator new(unsigned long) ../../../../src/asan_new_delete.cpp:95
    #1 0x55c5 in lab::accept_one(int) /home/me/my work/server.cpp:7
"""
LEAK = """\
==15433==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 80 byte(s) in 2 object(s) allocated from:
    #0 0x7f95 in operator new(unsigned long) ../../asan_new_delete.cpp:95
    #1 0x55dd in lab::make() /home/me/my work/server.cpp:9

Indirect leak of 16 byte(s) in 1 object(s) allocated from:
    #0 0x7f95 in operator new(unsigned long) ../../asan_new_delete.cpp:95
    #1 0x55dd in other /w/test.cpp:16
"""

RACE = """\
==================
WARNING: ThreadSanitizer: data race (pid=823)
  Write of size 8 at 0x7b4800010030 by thread T7 (mutexes: write M12):
    #0 std::vector<std::byte>::_M_erase_at_end(std::byte*) /usr/include/stl_vector.h:1934 (t+0x1)
    #1 lab::(anonymous namespace)::Connection::sent() /home/me/my work/server.cpp:82 (tests+0x1d9de)
    #2 operator() /home/me/my work/server.cpp:75:3 (tests+0x1d9de)
    #3 lab::RacingPool::work(lab::RacingPool::Worker&) /w/labs/racing_pool.cpp:136 (tests+0xe0427)

  Previous read of size 8 at 0x7b4800010030 by main thread:
    #0 received /home/me/my work/server.cpp:64 (tests+0x2180a)
    #1 <null> <null> (libstdc++.so.6+0xd44a2)

  Location is heap block of size 328 at 0x7b480000ff00 allocated by thread T1:
    #0 operator new(unsigned long) ../../tsan_new_delete.cpp:64 (libtsan.so.2+0x8)
    #1 accept /home/me/my work/server.cpp:9 (tests+0x1)

SUMMARY: ThreadSanitizer: data race /usr/include/c++/12/bits/stl_vector.h:1934 in erase
==================
"""


def test_a_race_is_told_by_what_two_threads_did() -> None:
    assert shorten(RACE, OWN) == [
        "two threads use the same memory, and nothing keeps them apart "
        "(ThreadSanitizer: data race)",
        f"  thread T7 writes 8 bytes at {OWN}/server.cpp:82 in Connection::sent(), "
        f"in the handler of {OWN}/server.cpp:75",
        f"  main thread reads 8 bytes at {OWN}/server.cpp:64 in received",
    ]


def test_a_race_with_somebody_elses_code_says_so() -> None:
    assert shorten(RACE.replace("/home/me/my work/server.cpp:64", "/w/test.cpp:1"), OWN)[2] == (
        "  main thread reads 8 bytes outside your files"
    )


def test_of_several_races_the_first_is_told() -> None:
    assert shorten(RACE + RACE.replace("server.cpp", "other.cpp"), OWN) == shorten(RACE, OWN)


def test_mutexes_in_two_orders_are_told() -> None:
    said = (
        "WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=1)\n"
        "  Cycle in lock order graph: M1 (0x7b1) => M2 (0x7b2) => M1\n\n"
        "  Mutex M2 acquired here while holding mutex M1 in thread T1:\n"
        "    #0 pthread_mutex_lock ../tsan_interceptors.cpp:1 (libtsan.so.2+0x1)\n"
        "    #1 totals /home/me/my work/server.cpp:5 (tests+0x1)\n"
    )
    meaning, place = shorten(said, OWN)
    assert meaning.startswith("threads lock mutexes in different orders")
    assert place == f"  at {OWN}/server.cpp:5 in totals"


def test_a_thread_sanitizer_that_cannot_start_is_told_with_the_cure() -> None:
    said = "FATAL: ThreadSanitizer: unexpected memory mapping 0x5ea0c9d5d000-0x5ea0c9d7d000\n"
    (line,) = shorten(said, OWN)
    assert "setarch -R" in line and "vm.mmap_rnd_bits=28" in line


def test_a_program_has_the_same_addresses_in_each_run(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\ncat /proc/self/personality\n")
    program.chmod(0o755)
    before = Path("/proc/self/personality").read_text()
    ran = run_program(program, [], tmp_path / "run", leaks=False, patience_s=10)
    assert Path("/proc/self/personality").read_text() == before
    if ran.output == before:
        pytest.skip("personality(2) is not allowed here")
    assert int(ran.output, 16) == int(before, 16) | ADDR_NO_RANDOMIZE


def test_a_use_after_free_is_told_in_the_students_frames() -> None:
    assert shorten(USE_AFTER_FREE, OWN) == [
        "memory was used after it was freed, by reading 4 bytes "
        "(AddressSanitizer: heap-use-after-free)",
        f"  at {OWN}/server.cpp:12 in Connection::read()",
        f"  freed at {OWN}/server.cpp:40 in drop",
        f"  allocated at {OWN}/server.cpp:7 in accept_one(int)",
    ]


def test_a_leak_is_told_by_where_it_was_allocated() -> None:
    assert shorten(LEAK, OWN) == [
        "memory was never freed (LeakSanitizer)",
        f"  80 bytes allocated at {OWN}/server.cpp:9 in make()",
        "  16 bytes allocated elsewhere",
    ]


def test_undefined_behaviour_is_told_with_its_line() -> None:
    said = (
        f"{OWN}/a.cpp:17:52: runtime error: signed integer overflow: 1 + 2\n    #0 0x5 in f() x\n"
    )
    assert shorten(said, OWN) == [
        "undefined behaviour: signed integer overflow: 1 + 2 (UndefinedBehaviorSanitizer)",
        f"  at {OWN}/a.cpp:17",
    ]


def test_an_exception_that_nobody_caught_is_told() -> None:
    said = "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  bad\nmore\n"
    assert shorten(said, OWN) == [said.splitlines()[0], "what():  bad"]


def test_nothing_is_said_of_nothing() -> None:
    assert shorten("Running 3 tests\n", OWN) == []
    assert BLIND.search("==1==LeakSanitizer has encountered a fatal error.\n")


def test_an_allocation_that_is_too_large_is_told_as_one() -> None:
    report = "==1==ERROR: AddressSanitizer: requested allocation size 0xc0 (0xc1 after adjustments)"
    assert shorten(report, Path("/nowhere")) == [
        "more memory was asked for at once than any test needs "
        "(AddressSanitizer: requested allocation size)"
    ]
