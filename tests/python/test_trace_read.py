"""What follows from recorded events: who performed the I/O, and when.

tests/python/recorded/traces has the events of one request to each server, from Linux 6.18.
"""

import json
from dataclasses import replace
from functools import cache
from typing import get_args

import pytest

from conftest import ROOT
from experiments.runner.errors import Failure
from experiments.runner.schemas import load, violations
from experiments.runner.trace.model import (
    LANES,
    SCHEMA,
    Head,
    Kind,
    Loan,
    Step,
    Trace,
    lines,
    read_trace,
)
from experiments.runner.trace.observed import Observed, contradictions, observe
from experiments.runner.trace.perfetto import perfetto
from experiments.runner.trace.raw import read_raw, write_raw
from experiments.runner.trace.read.reader import read_events

RECORDED = ROOT / "tests" / "python" / "recorded" / "traces"
READY = ("application", "application", "after dispatch", "ready")
COMPLETE = ("kernel", "kernel", "before dispatch", "complete")
EMULATED = ("application", "application", "before dispatch", "complete")
# (who receives, who sends, when the buffer is touched, what the handler is told)
ROWS = {
    "reactor-epoll": READY,
    "reactor-libevent": READY,
    # libevent fills the buffer before it calls: a Proactor's interface, on a Reactor.
    "reactor-bufferevent": EMULATED,
    "proactor-uring": COMPLETE,
    "proactor-uring-multishot": COMPLETE,
    "proactor-asio": COMPLETE,
    "proactor-asio-coroutine": COMPLETE,
    "emulated-epoll": EMULATED,
    "emulated-asio": EMULATED,
    "emulated-asio-coroutine": EMULATED,
}


def head(server: str = "mine", **facts: object) -> Head:
    values = {
        "iolab_trace": SCHEMA,
        "server": server,
        "pattern": None,
        "engine": None,
        "written": None,
        "protocol": "echo",
        "scenario": "one",
        "title": "one request",
        "text": "",
        "messages": 1,
        "connections": 1,
        "recorder": "tracefs",
        "kernel": "6.18",
        "version": "x",
        "started": "2026-11-28 10:00:00 UTC",
    }
    return Head(**{**values, **facts})  # type: ignore[arg-type]


@cache
def recorded(server: str, probed: bool = True) -> Trace:
    """One request; without `probed` as if nothing were known of the program's handlers."""
    parties, events = read_raw(RECORDED / f"{server}.jsonl.gz")
    if not probed:
        parties = replace(parties, handlers={})
        events = [event for event in events if not event.name.startswith("handler_")]
    steps, loans = read_events(parties, events)
    return Trace(head(server), tuple(step for step, _ in steps), tuple(loans))


def rows(seen: Observed) -> tuple[str | None, ...]:
    return (seen.receives, seen.sends, seen.touched, seen.means)


@pytest.mark.parametrize("server", ROWS)
def test_the_record_proves_the_pattern(server):
    seen = observe(recorded(server))
    assert rows(seen) == ROWS[server]
    assert seen.wake_ups_per_message == 1
    assert seen.copies_per_message == 1
    assert seen.demultiplexer == (
        "io_uring_enter" if server.startswith("proactor") else "epoll_wait"
    )


@pytest.mark.parametrize("server", ROWS)
def test_a_server_under_another_patterns_name_is_contradicted(server):
    seen = observe(recorded(server))
    own = {READY: "reactor", COMPLETE: "proactor", EMULATED: "emulated"}[ROWS[server]]
    for pattern in ("reactor", "proactor", "emulated"):
        assert bool(contradictions(pattern, seen)) == (pattern != own)


def test_what_is_contradicted_is_said():
    assert contradictions("proactor", observe(recorded("emulated-asio"))) == [
        "receives: application, not kernel",
        "sends: application, not kernel",
    ]
    assert contradictions(None, observe(recorded("emulated-asio"))) == []


@pytest.mark.parametrize("server", ROWS)
def test_without_handlers_only_who_is_certain(server):
    """A Reactor and an emulated Proactor look alike then."""
    trace = recorded(server, probed=False)
    assert not trace.of("server", "handler")
    assert rows(observe(trace)) == (*ROWS[server][:2], None, None)
    assert not contradictions("proactor" if server.startswith("pro") else "reactor", observe(trace))


@pytest.mark.parametrize("server", ROWS)
def test_a_servers_thread_is_always_somewhere(server):
    """In user code, in a call or without a core: nothing is missing between."""
    trace = recorded(server)
    steps = trace.of("server", "user", "receive", "send", "wait", "call")
    steps += [step for step in trace.of("server", "sleep", "preempted") if step.lasts_ns]
    for before in steps:
        if before.cut and before.until_ns >= max(step.until_ns for step in steps):
            continue
        later = before.until_ns
        assert any(step.at_ns <= later < step.until_ns for step in steps), (server, before)


def used(*steps: Step) -> str | None:
    return made(*steps).touched


def test_who_receives_last_in_a_handler_may_do_so_for_the_next_one():
    """An emulated Proactor tries a receive at once when it is submitted, within a handler."""
    first = Step(0, 100, "server", "handler", "handle", 1)
    second = Step(200, 100, "server", "handler", "handle", 1)
    received = Step(50, 10, "server", "receive", "recvfrom", 1, 1, 64)
    sent = Step(70, 10, "server", "send", "sendto", 1, 1, 64)
    assert used(first, received, sent) == "after dispatch"
    assert used(first, received, second) is None
    assert used(replace(received, at_ns=-20), first, sent) == "before dispatch"


def test_from_data_to_the_handler_that_gets_them():
    arrive = Step(0, None, "network", "arrive", "request", 0, 1, 64)
    receive = Step(30, 10, "kernel", "receive", "RECV", 1, 1, 64)
    other, own = (Step(at, 10, "server", "handler", "handle", 1) for at in (5, 60))
    assert made(arrive, other, receive, own).data_to_handler_ns == 60
    running = Step(-10, 80, "server", "handler", "handle", 1)
    assert made(arrive, running, replace(receive, lane="server")).data_to_handler_ns is None


def test_a_reactor_receives_within_its_handler():
    trace = recorded("reactor-epoll")
    (handler,) = trace.of("server", "handler")
    (receive,) = [step for step in trace.of("server", "receive") if step.bytes]
    assert handler.at_ns < receive.at_ns < receive.until_ns < handler.until_ns
    assert receive.about == "connection 1"
    assert not trace.of("kernel", "receive", "send", "submit", "complete")


def test_a_proactors_buffer_is_lent_until_the_receive_is_complete():
    trace = recorded("proactor-uring")
    (complete,) = [s for s in trace.of("kernel", "complete") if s.name == "RECV"]
    loan = next(loan for loan in trace.loans if loan.what == "receive")
    assert loan.cut and loan.from_ns < 0
    assert loan.until_ns == complete.at_ns
    assert min(step.at_ns for step in trace.of("server", "handler")) > complete.at_ns
    assert not trace.of("server", "receive", "send")


def test_one_call_submits_and_waits_in_the_native_proactor():
    seen = observe(recorded("proactor-uring"))
    assert seen.calls == {"io_uring_enter": 2.0}
    assert observe(recorded("reactor-epoll")).calls_per_message == 3


def test_a_ring_of_buffers_is_lent_again_at_once():
    trace = recorded("proactor-uring-multishot")
    first, second = [loan for loan in trace.loans if loan.what == "receive"]
    assert first.how == second.how == "ring"
    assert second.from_ns == first.until_ns and second.cut


def test_time_counts_from_the_clients_first_call():
    for server in ROWS:
        trace = recorded(server)
        assert trace.of("client", "send")[0].at_ns == 0
        assert all(step.at_ns >= 0 or step.cut for step in trace.steps)
        assert list(trace.steps) == sorted(trace.steps, key=lambda step: step.at_ns)


def test_raw_events_survive_the_file(tmp_path):
    parties, events = read_raw(RECORDED / "proactor-asio.jsonl.gz")
    write_raw(parties, events, tmp_path / "again.gz")
    assert read_raw(tmp_path / "again.gz") == (parties, events)


@pytest.mark.parametrize("server", ROWS)
def test_every_line_follows_the_schema(server):
    schema = load("trace")
    for line in lines(recorded(server)):
        assert violations(json.loads(line), schema) == []
    assert violations({"step": {"at_ns": 1, "lane": "moon", "kind": "send", "name": ""}}, schema)


def test_the_schema_knows_every_kind_and_lane():
    step = load("trace")["$defs"]["step"]["properties"]
    assert tuple(step["lane"]["enum"]) == LANES
    assert tuple(step["kind"]["enum"]) == get_args(Kind)


def test_a_trace_survives_the_file(tmp_path):
    trace = recorded("proactor-uring")
    (tmp_path / "trace.jsonl").write_text("".join(lines(trace)))
    assert read_trace(tmp_path / "trace.jsonl") == trace


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1"),
        ("42\n", "line 1: is no JSON object"),
        ('{"iolab_trace": 1}\n', "line 1: "),
        ("HEAD\n{\n", "line 2: "),
        ('HEAD\n{"step": 3}\n', "line 2: has no step"),
        ('HEAD\n{"step": {"at_ns": 1, "lane": "moon", "kind": "send", "name": ""}}\n', "moon"),
        ('HEAD\n{"loan": {"from_ns": 1}}\n', "line 2: "),
        ("HEAD2\n", "is of version 2; this iolab reads 1"),
    ],
)
def test_a_damaged_trace_is_one_line_that_names_the_place(tmp_path, text, complaint):
    first = json.dumps({**head().__dict__})
    second = json.dumps({**head(iolab_trace=2).__dict__})
    file = tmp_path / "trace.jsonl"
    file.write_text(text.replace("HEAD2", second).replace("HEAD", first))
    with pytest.raises(Failure) as failure:
        read_trace(file)
    assert complaint in failure.value.message
    assert "\n" not in failure.value.message


def test_perfettos_file_follows_the_formats_description():
    """Trace Event Format: which keys an event of each phase needs."""
    data = json.loads(perfetto(recorded("proactor-uring-multishot")))
    needed = {"X": ("ts", "dur"), "i": ("ts", "s"), "b": ("ts", "id", "cat"), "M": ("args",)}
    needed["e"] = needed["b"]
    for event in data["traceEvents"]:
        assert event["ph"] in needed
        for key in ("name", "pid", "tid", *needed[event["ph"]]):
            assert key in event, (key, event)
        assert event.get("dur", 0) >= 0
    names = [
        event["args"]["name"]
        for event in data["traceEvents"]
        if event["ph"] == "M" and "name" in event["args"]
    ]
    assert names == [
        "client",
        "network stack",
        "kernel, on the server's behalf",
        "server",
        "buffers lent to the kernel",
    ]


@pytest.mark.parametrize("server", ROWS)
def test_what_lasts_on_perfettos_tracks_nests(server):
    tracks: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for event in json.loads(perfetto(recorded(server)))["traceEvents"]:
        if event["ph"] == "X":
            span = (event["ts"], round(event["ts"] + event["dur"], 3))
            tracks.setdefault((event["pid"], event["tid"]), []).append(span)
    for spans in tracks.values():
        for start, end in spans:
            for other, until in spans:
                assert not start < other < end < until, (server, start, end, other, until)


def made(*steps: Step, recorder: str = "tracefs") -> Observed:
    return observe(Trace(head(recorder=recorder), steps, ()))


def test_strace_sees_the_applications_part_alone():
    enter = Step(0, 10, "server", "wait", "io_uring_enter")
    assert made(enter, recorder="strace").receives == "kernel"
    assert made(enter).receives is None
    wait = Step(0, 10, "server", "wait", "epoll_wait")
    receive = Step(20, 5, "server", "receive", "recvfrom", bytes=64)
    seen = made(wait, receive, recorder="strace")
    assert (seen.receives, seen.touched) == ("application", None)
    assert seen.wake_ups_per_message is None


def test_a_conversation_without_data_proves_nothing():
    seen = made(Step(0, 10, "server", "wait", "epoll_wait"))
    assert rows(seen) == (None, None, None, None)
    assert seen.calls == {"epoll_wait": 1.0}
    assert contradictions("proactor", seen) == []


def test_loans_are_kept_in_the_order_of_time():
    trace = recorded("proactor-asio")
    assert list(trace.loans) == sorted(trace.loans, key=lambda loan: (loan.from_ns, loan.what))
    assert all(isinstance(loan, Loan) and loan.until_ns >= loan.from_ns for loan in trace.loans)
