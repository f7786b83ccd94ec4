"""Recording: are the kernel's pages, strace's lines and a program's symbols read rightly?"""

import os
import struct
from pathlib import Path

import pytest

from experiments.runner.errors import Failure
from experiments.runner.trace.record import program, recorders, strace, tracefs
from experiments.runner.trace.record.ring_buffer import decode_page, read_format

FORMAT = """\
name: sys_enter_recvfrom
ID: 2222
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:int fd;\toffset:8;\tsize:4;\tsigned:1;
\tfield:__data_loc char[] op_str;\toffset:12;\tsize:4;\tsigned:0;

print fmt: "fd: %d", REC->fd
"""
TEXT = b"RECV\0\0\0\0"


@pytest.fixture
def formats(tmp_path: Path) -> dict:
    (tmp_path / "format").write_text(FORMAT)
    form = read_format(tmp_path / "format")
    return {form.number: form}


def data(fd: int = 7, kind: int = 2222) -> bytes:
    """An event's data: 24 bytes, a text of 8 behind the fields."""
    return struct.pack("<HBBiiI", kind, 0, 0, 4711, fd, (8 << 16) | 16) + TEXT


def short(delta: int, body: bytes) -> bytes:
    return struct.pack("<I", (delta << 5) | (len(body) // 4)) + body


def page(*records: bytes, at_ns: int = 1000, flags: int = 0) -> bytes:
    body = b"".join(records)
    return (struct.pack("<QQ", at_ns, len(body) | flags) + body).ljust(4096, b"\xff")


def test_times_add_up_and_fields_have_their_names(formats):
    events, missed = decode_page(page(short(5, data(7)), short(10, data(-1))), formats)
    assert [(event.at_ns, event.tid, event.fields) for event in events] == [
        (1005, 4711, {"fd": 7, "op_str": "RECV"}),
        (1015, 4711, {"fd": -1, "op_str": "RECV"}),
    ]
    assert events[0].name == "sys_enter_recvfrom"
    assert not missed


def test_a_long_event_says_its_length_in_a_word_of_its_own(formats):
    body = data().ljust(200, b"\0")
    long = struct.pack("<II", 3 << 5, len(body) + 4) + body
    events, _ = decode_page(page(long, short(1, data(8))), formats)
    assert [(event.at_ns, event.fields["fd"]) for event in events] == [(1003, 7), (1004, 8)]


def test_long_pauses_are_told_by_records_of_their_own(formats):
    extend = struct.pack("<II", (9 << 5) | 30, 2)
    events, _ = decode_page(page(extend, short(1, data())), formats)
    assert events[0].at_ns == 1000 + 9 + (2 << 27) + 1
    stamp = struct.pack("<II", (9 << 5) | 31, 2)
    events, _ = decode_page(page(stamp, short(1, data()), at_ns=(1 << 60) | 5), formats)
    assert events[0].at_ns == (1 << 60) + 9 + (2 << 27) + 1


def test_discarded_records_are_passed_over_and_an_empty_rest_ends_the_page(formats):
    discarded = struct.pack("<II", (4 << 5) | 29, 12) + bytes(8)
    end = struct.pack("<I", 29)
    events, _ = decode_page(page(discarded, short(1, data()), end, bytes(16)), formats)
    assert [event.at_ns for event in events] == [1005]


def test_what_is_not_asked_for_is_left_out(formats):
    events, _ = decode_page(page(short(1, data(kind=99)), short(1, data())), formats)
    assert [event.at_ns for event in events] == [1002]


def test_a_page_says_that_events_were_dropped(formats):
    assert decode_page(page(short(1, data()), flags=1 << 31), formats)[1]


STRACE = """\
12 1700000000.000001000 recvfrom(7, ""..., 16384, 0, NULL, NULL) = 64 <0.000002000>
12 1700000000.000010000 recvfrom(7, 0x7f, 16384, 0, NULL, NULL) = -1 EAGAIN (Resource) <0.000001000>
12 1700000000.000020000 epoll_wait(4, <unfinished ...>
13 1700000000.000030000 sendto(3, ""..., 64, 0, NULL, 0) = 64 <0.000004000>
12 1700000000.000050000 <... epoll_wait resumed>[], 64, -1) = 1 <0.000030000>
12 1700000000.000060000 io_uring_enter(4, 1, 1, IORING_ENTER_GETEVENTS, NULL, 8) = 1 <0.000001000>
12 1700000000.000070000 mmap(NULL, 8) = 0x7f0000000000 <0.000001000>
+++ exited with 0 +++
"""


def test_straces_lines_become_beginnings_and_ends():
    events = strace.parse(STRACE.splitlines())
    seen = [(event.name, event.at_ns % 1_000_000, event.fields) for event in events]
    assert ("sys_enter_recvfrom", 1000, {"fd": 7}) in seen
    assert ("sys_exit_recvfrom", 3000, {"ret": 64}) in seen
    assert ("sys_exit_recvfrom", 11000, {"ret": -11}) in seen
    assert ("sys_enter_epoll_wait", 20000, {"epfd": 4}) in seen
    assert ("sys_exit_epoll_wait", 50000, {"ret": 1}) in seen
    assert ("sys_enter_io_uring_enter", 60000, {"fd": 4, "min_complete": 1}) in seen
    assert len(events) == 12


READ = "iolab::proactor::(anonymous namespace)::Connection<a::b<c, 0ul> >::read_done(error_code)"


@pytest.mark.parametrize(
    ("symbol", "name", "is_it"),
    [
        ("iolab::reactor::Connection::handle(iolab::Events)", "Connection::handle", True),
        ("iolab::reactor::Connection::handle(iolab::Events)", "handle", True),
        ("iolab::reactor::Connection::handle(iolab::Events)", "Connection::hand", False),
        ("iolab::MyConnection::handle(iolab::Events)", "Connection::handle", False),
        (READ, "Connection::read_done", True),
        ("void Connection::call<&Connection::read>(void*)", "Connection::call", True),
        ("void Connection::call<&Connection::read>(void*)", "Connection::read", False),
        ("main", "main", False),
        ("on_read(int)", "on_read", True),
        ("non-virtual thunk to iolab::Connection::handle(int)", "Connection::handle", False),
        (f"{READ}::{{lambda()#1}}::operator()() const", "Connection::read_done", False),
        (f"std::function<{READ}>::call()", "Connection::read_done", False),
        ("iolab::Connection::talk(Frame*) [clone .actor]", "Connection::talk", True),
        ("iolab::Connection::talk(Frame*) [clone .destroy]", "Connection::talk", False),
    ],
)
def test_a_handler_is_the_function_itself(symbol, name, is_it):
    assert program.is_function(symbol, name) == is_it


def test_a_program_without_symbols_has_no_handlers(tmp_path):
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert program.handlers_of(tmp_path / "script", ["read"]) == []


class TestRefusals:
    """One line says what is missing and what helps."""

    def test_no_tracefs(self, monkeypatch, tmp_path):
        monkeypatch.setattr(tracefs, "PLACES", (tmp_path / "nowhere",))
        monkeypatch.setattr(tracefs.os, "geteuid", lambda: 0)
        assert "mount -t tracefs" in tracefs.refusal()

    def test_an_ordinary_user(self, monkeypatch, tmp_path):
        monkeypatch.setattr(tracefs, "PLACES", (tmp_path / "nowhere",))
        monkeypatch.setattr(tracefs.os, "geteuid", lambda: 1000)
        assert "sudo" in tracefs.refusal()

    def test_a_kernel_that_is_too_old(self, monkeypatch, tmp_path):
        (tmp_path / "instances").mkdir()
        monkeypatch.setattr(tracefs, "PLACES", (tmp_path,))
        monkeypatch.setattr(tracefs.os, "geteuid", lambda: 0)
        assert "no event" in tracefs.refusal()

    def test_a_container(self, monkeypatch, tmp_path):
        (tmp_path / "instances" / f"iolab-{os.getpid()}").mkdir(parents=True)
        monkeypatch.setattr(tracefs, "PLACES", (tmp_path,))
        monkeypatch.setattr(tracefs.os, "geteuid", lambda: 0)
        assert "a container must be privileged" in tracefs.refusal()

    def test_then_strace_and_without_it_a_line_and_status_2(self, monkeypatch):
        monkeypatch.setattr(recorders.tracefs, "refusal", lambda: "tracefs is not mounted")
        monkeypatch.setattr(recorders.machine, "strace_refusal", lambda: None)
        means = recorders.best_means()
        assert means.name == "strace"
        assert "tracefs is not mounted" in means.missing
        monkeypatch.setattr(recorders.machine, "strace_refusal", lambda: "strace is not installed")
        with pytest.raises(Failure) as failure:
            recorders.best_means()
        assert failure.value.status == 2
        assert "strace is not installed" in failure.value.message


def test_traces_of_runners_that_are_gone_are_removed(tmp_path):
    (tmp_path / "instances").mkdir()
    mine, theirs = (tmp_path / "instances" / name for name in ("iolab-999999999", "other-1"))
    for folder in (mine, theirs):
        (folder / "events").mkdir(parents=True)
    removed = []
    tracefs.remove_left_behind(tmp_path, lambda root, instance, group: removed.append(instance))
    assert removed == [mine]
