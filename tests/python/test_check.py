"""./iolab check: does the first line of its report say what is wrong with a program?

The programs are those of tests/conformance/faulty and examples, and smaller ones made up here. The
judge is that of build/dev, which ./iolab test has just built.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT
from harness import iolab

BIN = ROOT / "build" / "dev" / "bin"
JUDGE = BIN / "conformance_tests"
CONFORMANCE = ROOT / "tests" / "conformance"
IN_CPP = (str(BIN / "faulty-server"),)
IN_PYTHON = (sys.executable, str(CONFORMANCE / "faulty" / "faulty_server.py"))

pytestmark = pytest.mark.skipif(
    not all(
        (BIN / name).exists()
        for name in ("conformance_tests", "faulty-server", "example-echo-server")
    ),
    reason="build/dev has no programs; ./iolab build --preset dev",
)

# What the report must begin with when a program makes the mistake.
MISTAKES = {
    (IN_CPP, "dies-of-sigpipe"): "It dies of SIGPIPE: it wrote to a connection whose client",
    (IN_CPP, "loses-short-writes"): "It loses what a write did not take",
    (IN_CPP, "one-client-at-a-time"): "It serves one client at a time",
    (IN_CPP, "reads-once"): "It loses messages when more are waiting than one read brings",
    (IN_CPP, "closes-on-the-end-at-once"): "It loses the reply when the client finishes right",
    (IN_CPP, "waits-for-one"): "A client that does not read holds up all others",
    (IN_CPP, "takes-bytes-for-text"): "It takes bytes for text",
    (IN_CPP, "hoards-output"): "It stores without bound what a client does not read",
    (IN_CPP, "keeps-its-port-busy"): "It cannot use its port again while",
    (IN_CPP, "never-closes"): "It does not close its side when the client has finished",
    (IN_PYTHON, "waits-for-a-line"): "It waits for a newline",
    (IN_PYTHON, "takes-bytes-for-text"): "It takes bytes for text",
    (IN_PYTHON, "hoards-output"): "It stores without bound what a client does not read",
    (IN_PYTHON, "answers-once"): "It answers only the first message of a client",
    (IN_PYTHON, "framed-lowest-byte-first"): "It reads and writes a frame's length with the lowest",
    (IN_PYTHON, "framed-reads-a-part"): "It takes what one read brings for a whole message",
}
CORRECT = [
    (*IN_CPP, "none", "{port}"),
    (*IN_PYTHON, "framed-none", "{port}"),
    (str(BIN / "example-echo-server"), "{port}"),
    (sys.executable, str(CONFORMANCE / "examples" / "framed_server.py"), "{port}"),
]


@dataclass
class Verdict:
    status: int
    lines: list[str]


def judge(*command: str, level: str = "wire", protocol: str | None = None) -> Verdict:
    """What the judge says until the first failure, to which it does not wait for long."""
    protocol = protocol or ("framed" if any("framed" in word for word in command) else "echo")
    program, *arguments = command
    words = [JUDGE, "--report", "--first", "--protocol", protocol, "--level", level]
    done = subprocess.run(
        [*map(str, words), "--program", program, "--", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "IOLAB_PATIENCE_S": "3"},
    )
    return Verdict(done.returncode, done.stdout.splitlines() or done.stderr.splitlines())


@pytest.fixture(scope="module")
def verdicts() -> Iterator[dict[tuple, Future]]:
    """All at the same time, since a program that does not answer is waited for."""
    commands = [(*program, name, "{port}") for program, name in MISTAKES] + CORRECT
    with ThreadPoolExecutor(4) as pool:
        yield {command: pool.submit(judge, *command) for command in commands}


@pytest.mark.parametrize(("program", "mistake"), MISTAKES, ids=lambda value: str(value)[-30:])
def test_the_first_line_names_the_mistake(verdicts, program, mistake):
    verdict = verdicts[(*program, mistake, "{port}")].result()
    assert verdict.status == 1
    assert verdict.lines[0].startswith(MISTAKES[(program, mistake)])
    assert verdict.lines[1].startswith("    ")


@pytest.mark.parametrize("command", CORRECT, ids=lambda command: Path(command[-2]).name)
def test_a_correct_program_passes(verdicts, command):
    verdict = verdicts[command].result()
    assert verdict == Verdict(0, verdict.lines[:1])
    assert " 0 failed" in verdict.lines[0]


def test_a_program_that_does_not_listen():
    verdict = judge(sys.executable, "-c", "raise SystemExit('no such configuration')")
    assert verdict.lines[0] == "It does not listen: it ended with status 1."
    assert "no such configuration" in verdict.lines[1]


def test_a_program_that_listens_on_another_port_than_it_was_given():
    listen = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); time.sleep(60)"
    verdict = judge(sys.executable, "-c", listen, "{port}")
    assert "and listens on" in verdict.lines[0]


def test_its_port_is_found_without_being_told_and_behind_a_shell():
    """The shell waits for it, so another process than the one started listens."""
    command = f"{sys.executable} {IN_PYTHON[1]} waits-for-a-line 0; true"
    assert judge("sh", "-c", command).lines[0].startswith("It waits for a newline")


def test_what_a_banner_lacks_is_said_once_and_the_rest_is_judged(tmp_path):
    program = tmp_path / "server.py"
    program.write_text(
        "import json, os, socket, sys\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "banner = {'event': 'listening', 'port': listener.getsockname()[1], 'pid': os.getpid()}\n"
        "print(json.dumps(banner), flush=True)\n"
        "listener.accept()[0].recv(1000)\n"
    )
    verdict = judge(sys.executable, str(program), level="server")
    text = "\n".join(verdict.lines)
    assert text.count("the banner lacks `address`") == 1
    assert text.count("its --help does not name") == 1
    assert "level wire" in verdict.lines[2]
    assert verdict.lines[3].startswith("It ends by itself, with status 0.")
    assert verdict.status == 1


def test_a_banner_with_a_port_that_is_a_text(tmp_path):
    program = tmp_path / "server.py"
    program.write_text(
        "import json, time\n"
        "print(json.dumps({'event': 'listening', 'port': '80', 'pid': None}), flush=True)\n"
        "time.sleep(60)\n"
    )
    verdict = judge(sys.executable, str(program), level="server")
    assert "the banner's `port` is no port" in "\n".join(verdict.lines)
    assert verdict.status == 1


def test_a_signal_that_python_ignores_kills_a_program_all_the_same():
    command = f"{IN_CPP[0]} dies-of-sigpipe {{port}}"
    done = iolab("check", "--preset", "dev", "--first", command)
    assert done.stdout.startswith(MISTAKES[(IN_CPP, "dies-of-sigpipe")])


def test_a_program_that_is_not_there():
    done = iolab("check", "--preset", "dev", "./no-such-program {port}")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "there is no program './no-such-program'" in done.stderr


def test_a_command_that_cannot_be_read():
    done = iolab("check", "./mine '{port}")
    assert done.returncode == 2
    assert done.stderr.startswith("iolab: cannot read the command")
