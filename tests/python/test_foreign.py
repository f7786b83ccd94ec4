"""Foreign programs: where they listen, who is charged, what is said when something is wrong."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.runner.errors import Failure
from experiments.runner.measure import foreign
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.measure.servers import ContestantProgram, running
from experiments.runner.plan.experiment import Experiment, make_plan
from experiments.runner.plan.foreign import as_server, make_foreign, words_of
from experiments.runner.plan.plan import Contestant, closed_cell, read_plan, write_plan
from experiments.runner.schemas import load, violations
from experiments.runner.system import listening
from experiments.runner.typed_json import read_object
from fakes import make_echo_program
from harness import leftovers

pytestmark = pytest.mark.skipif(not listening.can_tell(), reason="no /proc/net here")
CELLS = (closed_cell("echo", 1, 1, 68), closed_cell("framed", 1, 1, 68))


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Path]:
    """The program's path; whatever was started of it must be gone at the end."""
    yield make_echo_program(tmp_path)
    deadline = time.monotonic() + 2
    while leftovers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert leftovers(tmp_path) == []


@contextmanager
def started(command: str) -> Iterator[RunningServer]:
    contestant = make_foreign("mine", command)
    program = ContestantProgram("mine", as_server(contestant, ["echo"]), command=command)
    with running([program], "echo") as up:
        yield up["mine"]


def echoes(server: RunningServer) -> bool:
    host, port = server.banner.address, server.banner.port
    with socket.create_connection((host, port), timeout=5) as peer:
        peer.sendall(b"hello")
        return peer.recv(5) == b"hello"


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def test_it_is_found_on_the_port_that_we_chose(echo: Path) -> None:
    with started(f"{echo} --port {{port}}") as server:
        assert f"--port {server.banner.port} " in command_line(server.process.pid)
        assert server.pid == server.process.pid and echoes(server)
        assert server.target == f"mine=127.0.0.1:{server.banner.port},pid={server.pid}"


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")],
)
def test_it_is_found_on_a_port_of_its_own_choice(echo: Path, host: str, address: str) -> None:
    with started(f"{echo} --host {host}") as server:
        assert server.banner.address == address and echoes(server)


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
def test_it_is_found_on_ipv6(echo: Path) -> None:
    with started(f"{echo} --host ::1") as server:
        assert server.address == f"[::1]:{server.banner.port}" and echoes(server)
    with started(f"{echo} --host ::") as server:
        assert server.banner.address == "127.0.0.1"


def test_who_listens_is_charged_and_no_wrapper_around_it(echo: Path) -> None:
    with started(f"sh -c '{echo} --port {{port}} & wait'") as server:
        assert server.pid != server.process.pid and "sh -c" in command_line(server.process.pid)
        assert str(echo) in command_line(server.pid) and "sh -c" not in command_line(server.pid)
        assert os.getpgid(server.pid) == server.process.pid


def test_processes_that_share_the_socket_are_not_charged(echo: Path) -> None:
    with started(f"{echo} --workers 3") as server:
        assert server.pid is None
        assert server.target == f"mine=127.0.0.1:{server.banner.port}" and echoes(server)


def test_what_is_found_counts_once_it_no_longer_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that are forked a moment after the port was opened own it too."""
    alone, shared = (
        [listening.Listener(80, frozenset({"0.0.0.0"}), frozenset(pids))] for pids in ((1,), (1, 2))
    )
    looks = iter([[], alone])
    monkeypatch.setattr(foreign, "listeners", lambda _group: next(looks, shared))
    monkeypatch.setattr(foreign, "GONE_TIMEOUT_S", 0)
    with started("sleep 60") as server:
        assert server.pid is None and server.address == "127.0.0.1:80"


def test_a_stubborn_one_is_killed_with_its_group(
    echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.runner.measure.servers.STOP_GRACE_S", 0.2)
    with started(f"sh -c '{echo} --stubborn & wait'") as server:
        group = server.process.pid
        assert len(listening.members(group)) == 2
    assert listening.listeners(group) == []


def test_its_chatter_does_not_stop_it(tmp_path: Path) -> None:
    """More than a pipe holds, on both streams, before it listens."""
    code = (
        "import socket, sys, time; print('x' * 200_000); print('y' * 200_000, file=sys.stderr); "
        "s = socket.create_server(('127.0.0.1', 0)); time.sleep(60)"
    )
    with started(f'{sys.executable} -c "{code}"') as server:
        assert server.banner.port > 0 and server.last_error() == "y" * 4095


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--fail 'no licence'", "^server mine died .exit status 1.: no licence$"),
        ("--second-port", r"^the program mine listens on ports \d+ and \d+: put {port} into its c"),
        ("--host 203.0.113.9", "^server mine died .* assign requested address"),
    ],
)
def test_why_it_cannot_be_measured_is_one_line(echo: Path, words: str, message: str) -> None:
    with pytest.raises(Failure, match=message) as caught, started(f"{echo} {words}"):
        pass
    assert "\n" not in caught.value.message


def test_a_second_port_is_no_matter_when_it_was_told_which(echo: Path) -> None:
    with started(f"{echo} --port {{port}} --second-port") as server:
        assert echoes(server)


@pytest.mark.parametrize(
    ("command", "seconds", "message"),
    [
        ("sh -c 'echo starting; sleep 60'", 1, "listens on no TCP port after 1 s: starting$"),
        (
            "sh -c '{echo} & : {port}; wait'",
            4,
            r"on no port \d+, which {port} stood for, after 4 s but on \d+: ready$",
        ),
    ],
)
def test_one_that_listens_nowhere_is_told_with_its_last_words(
    echo: Path, command: str, seconds: float, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "LISTEN_TIMEOUT_S", seconds)
    with pytest.raises(Failure, match=message), started(command.replace("{echo}", str(echo))):
        pass


def test_one_that_is_not_there_is_told_with_the_folder() -> None:
    with pytest.raises(Failure, match="program mine, ./nothing: No such file or directory in /"):
        with started("./nothing --port {port}"):
            pass


def test_two_copies_on_one_port_are_told_the_cure(echo: Path) -> None:
    command = f"{echo} --port {listening.free_port()}"
    server = as_server(make_foreign("mine", command), ["echo"])
    twice = [ContestantProgram(name, server, command=command) for name in ("mine", "mine#control")]
    with pytest.raises(Failure, match="in use.*; put {port} into its command"):
        with running(twice, "echo"):
            pass


def test_placeholders_are_filled_anywhere_and_other_braces_stay() -> None:
    command = "sh -c 'X=${Y:-{protocol}} ./s -p{port}' {threads} {} {other}"
    assert words_of(command, 81, "framed", 2) == [
        *("sh", "-c", "X=${Y:-framed} ./s -p81", "2", "{}", "{other}")
    ]


@pytest.mark.parametrize(
    ("name", "command", "message"),
    [
        ("mine", "", "'mine=' is not of the form 'NAME=COMMAND'"),
        ("my server", "x", "'my server=x' is not of the form"),
        ("mine", "sh -c 'x", "the command of the program mine: No closing quotation"),
    ],
)
def test_what_is_no_program_is_refused(name: str, command: str, message: str) -> None:
    with pytest.raises(Failure, match=message) as caught:
        make_foreign(name, command)
    assert caught.value.status == 2


def test_what_it_is_not_told_is_refused_with_the_cure() -> None:
    mute, told = make_foreign("mine", "./s"), make_foreign("mine", "./s {protocol} {threads}")
    with pytest.raises(Failure, match="mine speaks one protocol, not echo and framed: put {proto"):
        Experiment("x", (mute,), CELLS)
    with pytest.raises(Failure, match="mine does not learn that it shall have 2 threads: put {th"):
        Experiment("x", (mute,), CELLS[:1], threads=2)
    Experiment("x", (told,), CELLS, threads=2)
    Experiment("x", (mute,), CELLS[1:])


def test_a_plan_records_the_command(tmp_path: Path) -> None:
    contestants = (Contestant("a", "a"), make_foreign("mine", "./s --port {port}"))
    plan = make_plan(Experiment("x", contestants, CELLS[:1], reference="mine"), "")
    assert [(one.name, one.server, one.command) for one in plan.contestants] == [
        ("mine", "", "./s --port {port}"),
        ("a", "a", ""),
        ("mine#control", "", "./s --port {port}"),
    ]
    write_plan(plan, tmp_path)
    assert read_plan(tmp_path) == plan
    assert violations(read_object(tmp_path / "plan.json"), load("plan")) == []
