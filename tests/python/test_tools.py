"""The small tools: lengths, counts of test runs, schemas, counters of system calls, the linters."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from experiments.runner.commands import test as test_command
from experiments.runner.dev import lengths, linters
from experiments.runner.dev.sources import Unit, project_headers
from experiments.runner.dev.test_counts import Counts, read_junit, unexpected
from experiments.runner.errors import Failure
from experiments.runner.measure import counters
from experiments.runner.measure.probe import may_count, read_memory, voluntary_switches
from experiments.runner.plan.plan import closed_cell, open_cell, with_idle
from experiments.runner.schemas import violations
from experiments.runner.system import machine

CPP = """
// a comment with { a brace
namespace iolab {
class Thing : public Base {
 public:
  explicit Thing(int n) : n_{n} {
    run();
  }
  int short_one() const { return 1; }
};

void long_one(int a,
              int b) {
  if (a) {
    call("}");
  }

  while (b) { --b; }
}
}  // namespace iolab
"""


def test_functions_are_found_and_measured() -> None:
    found = {name: length for name, _, length in lengths.cpp_functions(CPP)}
    assert found == {"Thing": 3, "short_one": 1, "long_one": 7}
    assert lengths.python_functions("def f():\n    a = 1\n    return a\n") == [("f", 1, 3)]


def test_junit_of_both_runners_is_counted(tmp_path: Path) -> None:
    ctest = tmp_path / "ctest.xml"
    ctest.write_text(
        '<testsuite><testcase name="a" status="run"/>'
        '<testcase name="b" status="fail"><failure/></testcase>'
        '<testcase name="c" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'
        "<system-out>x.cpp:7: Skipped\nno io_uring here\n</system-out></testcase></testsuite>"
    )
    counts = read_junit(ctest)
    assert (counts.passed, counts.failed) == (1, ["b"])
    assert counts.skipped == [("c", "no io_uring here")]
    pytest_file = tmp_path / "pytest.xml"
    pytest_file.write_text(
        '<testsuites><testsuite><testcase name="d"/><testcase name="e"><error/></testcase>'
        '<testcase name="f"><skipped message="not today"/></testcase></testsuite></testsuites>'
    )
    counts.add(read_junit(pytest_file))
    assert counts.line() == "2 passed, 2 failed, 2 skipped"
    assert counts.failed == ["b", "e"]
    missing = read_junit(tmp_path / "missing.xml")
    assert missing.failed == ["the run: missing.xml is missing or broken"]


def test_only_listed_skips_are_expected(tmp_path: Path) -> None:
    listed = tmp_path / "expected"
    listed.write_text("# comment\nUring\\..*   # containers refuse io_uring\n")
    assert unexpected([("Uring.Echo", ""), ("Session.Echo", "")], listed) == ["Session.Echo"]
    assert unexpected([("Uring.Echo", "")], tmp_path / "none") == ["Uring.Echo"]


SCHEMA = {
    "type": "object",
    "required": ["a", "b"],
    "properties": {
        "a": {"const": 1},
        "b": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/list"}]},
        "c": {"enum": ["x"]},
        "strict": {"properties": {"known": {}}, "additionalProperties": False},
    },
    "$defs": {"list": {"type": "array", "minItems": 1, "items": {"type": "number", "minimum": 0}}},
}


@pytest.mark.parametrize(
    ("value", "complaints"),
    [
        ({"a": 1, "b": None}, 0),
        ({"a": 1, "b": [0.5], "other": "fine"}, 0),
        ({"a": 2, "b": [1], "c": "x"}, 1),
        ({"a": 1}, 1),
        ({"a": 1, "b": []}, 1),
        ({"a": 1, "b": [-1]}, 1),
        ({"a": 1, "b": [True]}, 1),
        ({"a": 1, "b": None, "c": "y"}, 1),
        ({"a": 1, "b": None, "strict": {"known": 5}}, 0),
        ({"a": 1, "b": None, "strict": {"known": 5, "other": 6}}, 1),
        ([], 1),
    ],
)
def test_the_schema_checker(value: object, complaints: int) -> None:
    assert len(violations(value, SCHEMA)) == complaints


def calling_child() -> subprocess.Popen:
    """A process that calls getppid 1000 times for each line it is sent, and answers the line."""
    code = """
import os, sys
for line in sys.stdin:
    for _ in range(1000):
        os.getppid()
    print("done", flush=True)
"""
    return subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


REFUSALS = {
    counters.PerfCounter: machine.perf_refusal,
    counters.StraceCounter: machine.strace_refusal,
}


@pytest.mark.parametrize("kind", list(REFUSALS))
def test_system_calls_are_counted(kind: type) -> None:
    if reason := REFUSALS[kind]():
        pytest.skip(reason)
    with calling_child() as child:
        child.stdin.write("first\n")
        child.stdin.flush()
        child.stdout.readline()
        with kind([child.pid]) as counter:
            child.stdin.write("again\n")
            child.stdin.flush()
            child.stdout.readline()
        child.stdin.close()
    # One write and one or two reads beside the thousand.
    assert 1000 <= counter.calls[child.pid] <= 1010


def test_a_counter_that_disturbs_is_not_for_schedules_and_crowds() -> None:
    few, many, late = (
        closed_cell("echo", 100, 1, 68),
        closed_cell("echo", 1000, 1, 68),
        open_cell("echo", 100, 68, 10_000),
    )
    cells = (few, many, late, with_idle(few, 1000))
    strace = [may_count(counters.StraceCounter, cell) for cell in cells]
    perf = [may_count(counters.PerfCounter, cell) for cell in cells]
    assert (strace, perf) == ([True, False, False, False], [True] * 4)


def test_the_last_line_of_strace_is_read() -> None:
    old = "100.00    0.000246           2       123         4 total\n"
    new = "------ ----\n100.00    0.000246                   123           total\n"
    assert (
        counters.total_of_strace(old),
        counters.total_of_strace(new),
        counters.total_of_strace(""),
    ) == (123, 123, 0)


def test_memory_and_switches_of_a_process_can_be_read() -> None:
    memory = read_memory(os.getpid())
    assert memory.pss_bytes > 1_000_000
    assert voluntary_switches(os.getpid()) > 0
    assert 100_000 < memory.own_bytes < memory.pss_bytes
    assert read_memory(2**22 + 1) is None


def test_clang_format_complains_about_a_file_out_of_shape(tmp_path: Path) -> None:
    if not shutil.which("clang-format"):
        pytest.skip("clang-format is not installed")
    shutil.copy(ROOT / ".clang-format", tmp_path)
    bad, good = tmp_path / "bad.cpp", tmp_path / "good.cpp"
    bad.write_text("int   main( ){return 0 ;}\n")
    good.write_text("int main() {\n  return 0;\n}\n")
    assert [line.split(":")[0] for line in linters.clang_format([bad, good], fix=False)] == [
        str(bad)
    ]
    linters.clang_format([bad], fix=True)
    assert linters.clang_format([bad], fix=False) == []


def test_python_that_does_not_compile_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("def f(:\n")
    assert any(line.startswith(f"{bad}:1") for line in linters.python_checks([bad]))
    bad.write_text("a = 1  # " + "x" * 91 + "\nb = 2  # " + "x" * 92 + "\n")
    assert linters.python_checks([bad]) == [f"{bad}:2: 101 columns, more than 100"]


def test_headers_are_followed(tmp_path: Path) -> None:
    (tmp_path / "a.hpp").write_text('#include "b.hpp"\n')
    (tmp_path / "b.hpp").write_text('#include "a.hpp"\n#include <vector>\n')
    (tmp_path / "main.cpp").write_text('#include "a.hpp"\n')
    found = project_headers(Unit(tmp_path / "main.cpp", tmp_path, ""))
    assert {header.name for header in found} == {"a.hpp", "b.hpp"}


def test_a_filter_that_matches_no_test_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran_nothing(_command: list[object], report: Path) -> Counts:
        report.write_text('<testsuite name="(empty)" tests="0"/>')
        return Counts()

    monkeypatch.setattr(test_command, "_count", ran_nothing)
    with pytest.raises(Failure, match="no C\\+\\+ test has a name that matches 'nonsense'"):
        test_command._run_ctest(tmp_path, "nonsense")
    assert not test_command._run_ctest(tmp_path, None).failed
