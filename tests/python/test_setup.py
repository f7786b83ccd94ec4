"""Before anything is installed: the launcher, the requirements, the commands printed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from experiments.runner.errors import Failure
from experiments.runner.ready import requirements, setup
from experiments.runner.ready.requirements import Requirement

ABSENT = Requirement("libfoo", lambda: False, "libfoo-dev", "foo-devel", "foo")
ABSENT_MODULE = Requirement("Python's bar", lambda: False, "python3-bar", "python3-bar", "")
PRESENT = Requirement("libthere", lambda: True, "libthere-dev", "there-devel", "there")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_nothing_missing_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    setup.ensure([PRESENT], [])


def test_without_apt_every_packagers_command_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Failure) as caught:
        setup.ensure([ABSENT, PRESENT, ABSENT_MODULE], [])
    assert caught.value.status == 2
    text = caught.value.message
    assert "missing: libfoo, Python's bar" in text and "there" not in text.replace("there-", "")
    assert "apt-get install -y --no-install-recommends libfoo-dev python3-bar" in text
    assert "dnf install foo-devel python3-bar" in text
    assert "brew install foo && python3 -m pip install bar" in text


def test_an_ordinary_user_without_sudo_gets_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script(tmp_path / "apt-get", "exit 99")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Failure, match="apt-get update && apt-get install") as caught:
        setup.ensure([ABSENT], [])
    assert caught.value.status == 2


@pytest.mark.parametrize("root", [True, False])
def test_apt_installs_as_root_or_through_sudo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: bool
) -> None:
    """The fake apt-get notes how it was called and creates what makes the requirement present."""
    script(
        tmp_path / "apt-get",
        f'echo "$DEBIAN_FRONTEND $@" >> {tmp_path}/calls\n'
        f'[ "$1" = update ] || : > {tmp_path}/installed',
    )
    script(tmp_path / "sudo", f'echo sudo >> {tmp_path}/calls; [ "$1" = -n ] && shift; exec "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(setup, "_log_file", lambda: tmp_path / "log")
    wanted = Requirement(
        "libfoo", (tmp_path / "installed").exists, "libfoo-dev", "foo-devel", "foo"
    )
    setup.ensure([wanted], [])
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [c for c in calls if c != "sudo"] == [
        "noninteractive update",
        "noninteractive install -y --no-remove --no-install-recommends libfoo-dev",
    ]
    assert calls.count("sudo") == (0 if root else 3)


def test_a_failing_apt_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path / "apt-get", 'echo "E: Unable to locate package libfoo-dev"; exit 100')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "_log_file", lambda: tmp_path / "log")
    with pytest.raises(
        Failure, match="apt-get failed: E: Unable to locate package libfoo-dev"
    ) as caught:
        setup.ensure([ABSENT], [])
    assert caught.value.status == 2


def test_bookworm_gets_the_newer_boost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for text, package in (
        ("VERSION_CODENAME=bookworm", "libboost1.81-dev"),
        ("VERSION_CODENAME=trixie", "libboost-dev"),
    ):
        monkeypatch.setattr(Path, "read_text", lambda self, text=text: f"ID=debian\n{text}\n")
        assert requirements._boost_apt_name() == package


def test_an_old_cmake_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for version, enough in (("3.18.4", False), ("3.25.1", True), ("4.0.0", True)):
        script(tmp_path / "cmake", f'echo "cmake version {version}"')
        assert requirements._cmake_present() == enough


def launch(
    *words: str, cwd: Path, path: str | None = None, **environment: str
) -> subprocess.CompletedProcess:
    env = {**os.environ, "PATH": path or os.environ["PATH"], **environment}
    return subprocess.run([*words], capture_output=True, text=True, cwd=cwd, env=env, timeout=60)


def test_the_launcher_works_from_anywhere_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(ROOT / "iolab")
    for command in (str(ROOT / "iolab"), "./link"):
        done = launch(command, "--help", cwd=tmp_path)
        assert done.returncode == 0 and "compare" in done.stdout


def test_a_python_without_packages_on_the_path_is_passed_over(tmp_path: Path) -> None:
    """As a version manager's shim: first on PATH, works, has nothing installed."""
    script(tmp_path / "python3", f'exec {sys.executable} -S -E "$@"')
    chosen = script(
        tmp_path / "chosen",
        f'case "$1" in *interpreter.py) exec {sys.executable} "$@";; esac; echo chosen',
    )
    done = launch(
        str(ROOT / "iolab"),
        "list",
        cwd=tmp_path,
        path=f"{tmp_path}:/usr/bin:/bin",
        IOLAB_PYTHON=str(chosen),
    )
    assert done.stdout == "chosen\n"
    shim = subprocess.run(
        [tmp_path / "python3", ROOT / "experiments/runner/ready/interpreter.py", "complete"]
    )
    assert shim.returncode == 1
    assert (
        subprocess.run(
            [tmp_path / "python3", ROOT / "experiments/runner/ready/interpreter.py", "usable"]
        ).returncode
        == 0
    )


def test_a_launcher_that_finds_no_python_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "iolab-copy"
    (folder / "experiments/runner/ready").mkdir(parents=True)
    shutil.copy(ROOT / "iolab", folder)
    (folder / "experiments/runner/ready/interpreter.py").write_text("raise SystemExit(1)")
    done = launch(str(folder / "iolab"), "list", cwd=tmp_path)
    assert done.returncode == 2 and "no Python 3.11 or newer" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("list", "--foo"), 2, "iolab list: unknown option --foo (see ./iolab list --help)"),
        (("frobnicate",), 2, "invalid choice: 'frobnicate'"),
        (("report", "/nowhere"), 2, "iolab: /nowhere is no results folder: it has no plan.json"),
        (("report",), 2, "the following arguments are required: DIR"),
    ],
)
def test_mistakes_on_the_command_line_end_in_one_line(
    tmp_path: Path, words: tuple[str, ...], status: int, message: str
) -> None:
    done = launch(str(ROOT / "iolab"), *words, cwd=tmp_path)
    assert done.returncode == status
    assert message in done.stderr and len(done.stderr.strip().splitlines()) == 1
