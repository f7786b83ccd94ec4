"""./iolab trace, from outside: ten servers, a program of one's own, no root, and Ctrl-C."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from harness import iolab
from test_trace_read import ROWS, rows

from conftest import ROOT
from experiments.runner.system.machine import io_uring_refusal, strace_refusal
from experiments.runner.trace.model import Trace, read_trace
from experiments.runner.trace.observed import contradictions, observe
from experiments.runner.trace.record.tracefs import place, refusal
from experiments.runner.trace.scenarios import LARGE_BYTES, NAMES

DEV = ROOT / "build" / "dev"
NOBODY = 65534
PYTHON_SERVER = ROOT / "tests" / "conformance" / "examples" / "framed_server.py"

pytestmark = [
    pytest.mark.skipif(
        not (DEV / "bin" / "reactor-epoll").exists(),
        reason="build/dev has no programs; ./iolab build --preset dev",
    ),
]
needs_tracefs = pytest.mark.skipif(
    refusal() is not None, reason=f"the kernel's record cannot be had here: {refusal()}"
)
needs_uring = pytest.mark.skipif(
    io_uring_refusal() is not None, reason=f"io_uring: {io_uring_refusal()}"
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")


def trace(output: Path, *words: object) -> subprocess.CompletedProcess:
    return iolab("trace", "--programs", DEV, "--output", output, *words)


def left_behind() -> list[str]:
    """What of ours is still set up in the kernel."""
    root = place()
    if root is None:
        return []
    found = [folder.name for folder in (root / "instances").glob("iolab-*")]
    probes = root / "uprobe_events"
    if probes.exists():
        found += [line for line in probes.read_text().splitlines() if ":iolab_" in line]
    return found


@needs_tracefs
@needs_uring
class TestTenServers:
    """All in one run, shared by the tests."""

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory) -> Path:
        folder = tmp_path_factory.mktemp("traces") / "out"
        done = trace(folder)
        assert done.returncode == 0, done.stderr
        (folder / "said.txt").write_text(done.stdout)
        return folder

    @pytest.fixture(params=ROWS)
    def one(self, request, folder) -> Trace:
        return read_trace(folder / request.param / "trace.jsonl")

    def test_each_is_what_the_kernel_says(self, one):
        assert rows(observe(one)) == ROWS[one.head.server]
        assert not one.head.missed

    def test_each_is_named_by_its_pattern_or_contradicted(self, one):
        is_told = bool(contradictions(one.head.pattern, observe(one)))
        assert is_told == (one.head.server == "reactor-bufferevent")

    def test_one_named_what_it_is_not_is_contradicted(self, folder):
        seen = observe(read_trace(folder / "emulated-asio" / "trace.jsonl"))
        claimed = read_trace(folder / "proactor-asio" / "trace.jsonl").head.pattern
        assert contradictions(claimed, seen)

    def test_handlers_are_seen_and_calls_have_their_source_line(self, one):
        assert one.of("server", "handler")
        lines = [
            step.source
            for step in one.of("server", "receive", "send", "wait", "call")
            if step.source
        ]
        # libevent is compiled without frame pointers, and of bufferevents it makes all calls.
        assert lines or one.head.server == "reactor-bufferevent"
        for line in lines:
            file = line.rpartition(":")[0]
            assert file.startswith("<") or (ROOT / file).is_file()

    def test_every_handler_of_the_roster_is_a_function(self, folder):
        assert "has no function" not in (folder / "said.txt").read_text()

    def test_the_table_and_the_page_name_all(self, folder):
        said = (folder / "said.txt").read_text()
        page = (folder / "trace.html").read_text()
        for name in ROWS:
            assert name in said
            assert name in page
        for name in ROWS:
            for file in ("picture.svg", "picture.png", "perfetto.json", "events.jsonl.gz"):
                assert (folder / name / file).stat().st_size > 100

    def test_nothing_is_left_behind(self, folder):
        assert folder.exists()
        assert left_behind() == []


@needs_tracefs
@pytest.mark.parametrize("scenario", NAMES)
def test_every_scenario_is_traced(tmp_path, scenario):
    servers = ["reactor-epoll"] + ([] if io_uring_refusal() else ["proactor-uring"])
    # Where it receives within a handler, too.
    servers += ["emulated-epoll"] if scenario in ("burst", "large") else []
    protocol = "framed" if scenario in ("burst", "halves") else "echo"
    done = trace(tmp_path / "out", *servers, "--scenario", scenario, "--protocol", protocol)
    assert done.returncode == 0, done.stderr
    assert "is not what its pattern says" not in done.stdout
    for name in servers:
        found = read_trace(tmp_path / "out" / name / "trace.jsonl")
        assert found.head.scenario == scenario
        assert found.steps[-1].at_ns > 0
        check_scenario(scenario, name, found)


def check_scenario(scenario: str, server: str, found: Trace) -> None:
    """What happens in this scenario and in no other."""
    calls = {step.name for step in found.of("server", "receive", "send", "wait", "call")}
    if scenario == "large":
        stuck = [step for lane in ("server", "kernel") for step in found.of(lane, "send")]
        # After a short send the emulated Proactor waits without a second try.
        assert "epoll_ctl" in calls or any(step.outcome == "would block" for step in stuck)
        assert sum(step.bytes or 0 for step in stuck) == LARGE_BYTES
    elif scenario == "two":
        arrived = {step.connection for step in found.of("network", "arrive")}
        assert arrived == {1, 2}
    elif scenario == "halves":
        sizes = [s.bytes for s in found.of("network", "arrive") if s.name == "request"]
        assert sizes == [34, 34]
    elif scenario in ("idle", "close", "cancel"):
        assert calls & {"close", "shutdown"}
    if scenario == "cancel" and server == "proactor-uring":
        cancelled = [step for step in found.of("kernel", "complete") if step.outcome]
        assert "ECANCELED" in {step.outcome for step in cancelled}


@needs_tracefs
def test_a_program_of_ones_own(tmp_path):
    command = f"mine={shutil.which('python3')} {PYTHON_SERVER} {{port}}"
    done = trace(tmp_path / "out", "--program", command, "--protocol", "framed")
    assert done.returncode == 0, done.stderr
    assert "reactor-epoll" not in done.stdout
    seen = observe(read_trace(tmp_path / "out" / "mine" / "trace.jsonl"))
    assert (seen.receives, seen.sends) == ("application", "application")


FORKING = """
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)
socketserver.ForkingTCPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
"""


@needs_tracefs
def test_a_program_that_forks(tmp_path):
    (tmp_path / "fork.py").write_text(FORKING)
    command = f"mine={shutil.which('python3')} {tmp_path / 'fork.py'} {{port}}"
    done = trace(tmp_path / "out", "--program", command, "--handler", "nobody")
    assert done.returncode == 0, done.stderr
    assert "mine has no function nobody" in done.stdout
    found = read_trace(tmp_path / "out" / "mine" / "trace.jsonl")
    assert (observe(found).receives, observe(found).sends) == ("application", "application")
    assert {step.about for step in found.of("server", "send")} == {"connection 1"}


@needs_tracefs
def test_a_program_that_does_not_answer_is_named(tmp_path):
    (tmp_path / "wrong.py").write_text(FORKING.replace("sendall(data)", "sendall(data.upper())"))
    command = f"mine={shutil.which('python3')} {tmp_path / 'wrong.py'} {{port}}"
    done = trace(tmp_path / "out", "--program", command)
    assert done.returncode == 1
    assert done.stderr.startswith("iolab: mine: the server's reply is not the message")


@needs_root
@pytest.mark.skipif(strace_refusal() is not None, reason=f"strace: {strace_refusal()}")
def test_without_root_strace_sees_the_calls(tmp_path):
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if folder.owner() == "root" and folder != Path("/") and folder.name != "tmp":
            folder.chmod(folder.stat().st_mode | 0o055)
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*words, "test", "-r", ROOT / "iolab"]).returncode != 0:
        pytest.skip(f"nobody may not read {ROOT}")
    words += [str(ROOT / "iolab"), "trace", "reactor-epoll", "--programs", str(DEV)]
    done = subprocess.run(
        [*words, "--output", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = read_trace(tmp_path / "out" / "reactor-epoll" / "trace.jsonl")
    assert found.head.recorder == "strace"
    assert "sudo" in (found.head.missing or "")
    assert "sudo" in done.stdout
    assert observe(found).receives == "application"
    assert left_behind() == []


@needs_tracefs
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_an_interrupted_trace_leaves_nothing_behind(tmp_path, number):
    words = [ROOT / "iolab", "trace", "reactor-epoll", "--programs", DEV, "--messages", "2000"]
    process = subprocess.Popen(
        [*map(str, words), "--output", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    # The probes are set last, just before the conversation.
    while not any(":iolab_" in line for line in left_behind()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert errors == "iolab: interrupted\n"
    assert left_behind() == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nobody"], "unknown server 'nobody'"),
        (["--scenario", "none"], "unknown scenario 'none'; known: one, burst"),
        (["--scenario", "burst", "--messages", "3"], "--messages is for --scenario one"),
        (["--program", ""], "is not of the form"),
        (["--program", "a {port}", "--program", "./a {port}"], "two are called a"),
        (["reactor-epoll", "--handler", "x"], "--handler is for a --program"),
        (["--scenario", "idle", "--program", "x {port}"], "needs options"),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path, words, complaint):
    done = trace(tmp_path / "out", *words)
    assert done.returncode == 2, done.stderr
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@needs_tracefs
def test_what_was_traced_before_a_failure_is_drawn(tmp_path):
    done = trace(tmp_path / "out", "reactor-epoll", "--program", "no-such-program {port}")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "reactor-epoll" in (tmp_path / "out" / "trace.html").read_text()


def test_a_program_that_is_not_there(tmp_path):
    done = trace(tmp_path / "out", "--program", "no-such-program {port}")
    assert done.returncode == 1
    assert "cannot start the program no-such-program" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = trace(tmp_path, "reactor-epoll")
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert json.dumps(sorted(file.name for file in tmp_path.iterdir())) == '["mine.txt"]'
