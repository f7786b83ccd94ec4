"""Starting, watching and stopping servers and other children."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT
from experiments.runner.errors import Failure
from experiments.runner.measure.generator import generating
from experiments.runner.measure.running_server import Unavailable
from experiments.runner.measure.servers import (
    ContestantProgram,
    first_death,
    launch,
    running,
    stop_all,
)
from experiments.runner.plan.roster import Roster, choose, headline, read_roster
from experiments.runner.system import affinity, processes
from fakes import make_programs


def contestant(
    folder: Path, behaviour: dict | None = None, name: str = "reactor-libevent"
) -> ContestantProgram:
    roster = read_roster(make_programs(folder / "build", {name: behaviour or {}}))
    return ContestantProgram("x", roster.get(name))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_a_server_is_ready_when_its_banner_says_so(tmp_path: Path) -> None:
    with running([contestant(tmp_path)], "echo") as up:
        server = up["x"]
        assert server.banner.protocol == "echo" and server.address.startswith("127.0.0.1:")
        assert server.death() is None and alive(server.pid)
        assert os.getpgid(server.pid) == server.pid
    assert not alive(server.pid)


def test_closing_statistics_are_returned(tmp_path: Path) -> None:
    server = launch(contestant(tmp_path), "echo", 1, ())
    server.wait_until_listening()
    assert stop_all([server])["x"]["event"] == "stopped"


def test_a_refused_engine_is_unavailable_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught, running(
        [contestant(tmp_path, {"refuse": "io_uring: EPERM"})], "echo"
    ):
        pass
    assert caught.value.reason == "io_uring: EPERM"


def test_no_banner_is_said(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="printed no banner but: hello"), running(
        [contestant(tmp_path, {"silent": "hello"})], "echo"
    ):
        pass


def test_a_stubborn_server_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.runner.measure.servers.STOP_GRACE_S", 0.2)
    with running([contestant(tmp_path, {"stubborn": True})], "echo") as up:
        pid = up["x"].pid
    assert not alive(pid)


def test_one_that_fails_takes_the_others_down(tmp_path: Path) -> None:
    roster = read_roster(make_programs(tmp_path / "build", {"proactor-asio": {"fail": "no"}}))
    good, bad = (
        ContestantProgram(name, roster.get(name)) for name in ("reactor-libevent", "proactor-asio")
    )
    with pytest.raises(Failure, match="proactor-asio died"), running([good, bad], "echo"):
        pass
    assert subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True).returncode == 1


def test_a_death_is_noticed_and_worded(tmp_path: Path) -> None:
    with running([contestant(tmp_path)], "echo") as up:
        assert first_death([up["x"]]) is None
        os.kill(up["x"].pid, signal.SIGSEGV)
        assert first_death([up["x"]]) == "server x died (killed by SIGSEGV): no message"


def test_children_die_with_a_killed_runner(tmp_path: Path) -> None:
    """Even SIGKILL, which no code of ours sees, leaves nothing behind."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from experiments.runner.system.processes import spawn\n"
        "print(spawn(['sleep', '60']).pid, flush=True)\n"
        "import signal; signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, ROOT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child)


def test_ctrl_c_kills_servers_rather_than_let_them_drain(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        with running([contestant(tmp_path)], "echo") as up:
            raise KeyboardInterrupt
    assert up["x"].process.returncode == -signal.SIGKILL


def test_ctrl_c_within_a_fork_is_not_lost() -> None:
    """What a hook of the fork raises Python prints and forgets."""
    code = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from experiments.runner.system.processes import spawn\n"
        "ctrl_c = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "os.register_at_fork(after_in_parent=ctrl_c)\n"
        "try: spawn(['sleep', '60'])\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    words = [sys.executable, "-c", code, ROOT]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("stopped\n", "")


def test_a_child_is_pinned_and_may_open_many_files() -> None:
    cpu = min(affinity.allowed_cpus())
    child = processes.spawn(["sh", "-c", "ulimit -Sn; ulimit -Hn; exec sleep 60"], [cpu])
    try:
        soft, hard = (child.stdout.readline() for _ in range(2))
        assert soft == hard
        assert affinity.in_effect(child.pid) == [cpu]
    finally:
        processes.stop(child, 0)
        child.stdout.close()
        child.stderr.close()


def test_placement_keeps_generator_and_servers_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affinity, "_one_per_core", list)
    for allowed, expected in (
        ({0, 1}, ((0,), (1,))),
        ({0, 1, 2, 3}, ((1,), (3,))),
        ({0}, ((0,), (0,))),
    ):
        monkeypatch.setattr(affinity, "allowed_cpus", lambda allowed=allowed: allowed)
        place = affinity.place(None, None, 1)
        assert (place.servers, place.generator) == expected
        assert place.shared == (len(allowed) == 1)
    monkeypatch.setattr(affinity, "allowed_cpus", lambda: {0, 1, 2, 3})
    assert affinity.place([2], None, 1).servers == (2,)
    assert affinity.place(None, [0], 2) == affinity.Placement((1, 2), (0,))


def test_cpu_lists() -> None:
    assert affinity.parse_cpu_list("0-2,5") == [0, 1, 2, 5]


def test_choosing_from_the_roster(tmp_path: Path) -> None:
    roster: Roster = read_roster(make_programs(tmp_path))
    names = ["reactor-libevent", "reactor-epoll", "proactor-asio", "emulated-asio"]
    assert [s.name for s in headline(roster)] == names
    assert [s.name for s in choose(roster, "all")] == [*names, "floor-epoll"]
    assert [s.name for s in choose(roster, "emulated-asio, floor-epoll,emulated-asio")] == [
        "emulated-asio",
        "floor-epoll",
    ]
    with pytest.raises(Failure, match="unknown server 'apache'") as caught:
        choose(roster, "apache")
    assert caught.value.status == 2


def test_a_missing_roster_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot read the roster"):
        read_roster(tmp_path)


def test_an_interrupted_generator_may_leave_a_torn_line(tmp_path: Path) -> None:
    program = tmp_path / "loadgen"
    program.write_text(
        """#!/bin/sh
trap 'echo "{\\"kind\\":\\"summary\\"}"; exit 130' INT
echo '{"kind":"run"}'
printf '"torn\\n'
while :; do sleep 0.05; done
"""
    )
    program.chmod(0o755)
    with generating([str(program)], ()) as generator:
        assert next(generator.lines()) == {"kind": "run"}
        assert list(generator.interrupt()) == [{"kind": "summary"}]
