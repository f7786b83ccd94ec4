"""Makes the machine ready: installs what is missing, or says with which command to do it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from experiments.runner.errors import EXIT_USAGE, Failure
from experiments.runner.paths import ROOT
from experiments.runner.ready.interpreter import missing_modules
from experiments.runner.ready.requirements import Requirement

RESTARTED = "IOLAB_RESTARTED"
QUIET_APT = ("DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")


def ensure(requirements: list[Requirement], arguments: list[str]) -> None:
    """Returns when everything required is there. Quick when nothing is missing.

    May replace the process: when Python packages were installed for another interpreter than
    the one running, the launcher starts again with `arguments`.
    """
    missing = [r for r in requirements if not r.present()]
    if not missing:
        return
    if shutil.which("apt-get"):
        _install_with_apt(missing)
    else:
        raise Failure(_how_to_install(missing), EXIT_USAGE)
    if missing_modules() and any("Python's" in r.name for r in missing):
        _restart(arguments)
    still = [r.name for r in missing if not r.present()]
    if still:
        raise Failure(f"installed the packages, but still missing: {', '.join(still)}", EXIT_USAGE)


def _restart(arguments: list[str]) -> None:
    if os.environ.get(RESTARTED):
        names = ", ".join(missing_modules())
        raise Failure(
            f"{sys.executable} does not find {names}; set IOLAB_PYTHON to a Python that does",
            EXIT_USAGE,
        )
    sys.stdout.flush()
    os.execve(ROOT / "iolab", ["iolab", *arguments], {**os.environ, RESTARTED: "1"})


def _apt_packages(missing: list[Requirement]) -> list[str]:
    return sorted({r.apt for r in missing if r.apt})


def _install_command(packages: list[str]) -> list[str]:
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def _how_to_install(missing: list[Requirement]) -> str:
    names = ", ".join(r.name for r in missing)
    apt = " ".join(_install_command(_apt_packages(missing)))
    dnf = " ".join(sorted({r.dnf for r in missing if r.dnf}))
    brew = " ".join(sorted({r.brew for r in missing if r.brew}))
    modules = " ".join(r.name.removeprefix("Python's ") for r in missing if "Python's" in r.name)
    if brew or modules:
        brew = f"brew install {brew}".strip() if brew else ""
        brew += (" && " if brew and modules else "") + (
            f"python3 -m pip install {modules}" if modules else ""
        )
    return (
        f"missing: {names}. Install with the command for your system:\n"
        f"  Debian, Ubuntu:  apt-get update && {apt}\n"
        f"  Fedora:          dnf install {dnf}\n"
        f"  macOS:           {brew}"
    )


def _privilege(missing: list[Requirement]) -> list[str]:
    """What to put before apt-get to be allowed to install; a Failure when nothing helps."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        if subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
            return ["sudo", "-n"]
        if sys.stdin.isatty():
            return ["sudo"]
    raise Failure(_how_to_install(missing), EXIT_USAGE)


def _install_with_apt(missing: list[Requirement]) -> None:
    prefix = _privilege(missing)
    packages = _apt_packages(missing)
    log = _log_file()
    print(f"iolab: installing {len(packages)} packages: {' '.join(packages)}", flush=True)
    with log.open("w") as out:
        # An old package list is a reason for the next command to fail, and it will say so.
        _run([*prefix, "env", *QUIET_APT, "apt-get", "update"], out)
        command = _install_command(packages)
        command.insert(3, "--no-remove")
        status = _run([*prefix, "env", *QUIET_APT, *command], out)
    if status != 0:
        raise Failure(f"{_last_error(log)} (log: {log})\n{_how_to_install(missing)}", EXIT_USAGE)


def _run(command: list[str], out) -> int:
    """Runs apt with its output in the log; on a terminal a line shows what it is doing."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout:
            out.write(line)
            if sys.stdout.isatty():
                print(f"\r\x1b[K  {line.strip()[:76]}", end="", flush=True)
    if sys.stdout.isatty():
        print("\r\x1b[K", end="", flush=True)
    return process.returncode


def _log_file() -> Path:
    folder = ROOT / "build"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Failure(f"cannot write into {ROOT}: {error.strerror}") from error
    return folder / "setup.log"


def _last_error(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("E:")]
    return f"apt-get failed: {lines[-1] if lines else 'no message'}"
