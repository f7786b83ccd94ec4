"""Configuring with CMake and building with Ninja, with progress, and nothing twice."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from rich.console import Console

from experiments.runner.console import make_progress
from experiments.runner.errors import Failure
from experiments.runner.paths import ROOT, build_dir
from experiments.runner.system.processes import last_line, spawn, stop

_STATUS = re.compile(r"\[(\d+)/(\d+)\] ?(.*)")


def configure(preset: str, console: Console) -> Path:
    """Configures `preset`, if it is not yet or if a CMake file has changed since."""
    folder = build_dir(preset)
    if _configured(folder):
        _configure_again_if_changed(folder, preset)
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    console.print(f"configuring {preset}", style="dim")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise Failure(f"cannot write into {folder.parent}: {error.strerror}") from error
    log = folder / "configure.log"
    with log.open("wb") as out:
        process = spawn(
            ["cmake", "--preset", preset], stdout=out, stderr=subprocess.STDOUT, cwd=ROOT
        )
        try:
            status = process.wait()
        finally:
            stop(process, 1)
    if status != 0:
        (folder / "CMakeCache.txt").unlink(missing_ok=True)
        why = _cmake_error(log.read_text(errors="replace"))
        raise Failure(f"configuring {preset} failed: {why} (log: {log})")
    return folder


def _configure_again_if_changed(folder: Path, preset: str) -> None:
    """Ninja knows: its own file depends on all of CMake's. So a new server is in the roster."""
    command = [_ninja(), "-C", str(folder), "build.ninja"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise Failure(f"configuring {preset} failed: {_cmake_error(done.stdout + done.stderr)}")


def _ninja() -> str:
    return shutil.which("ninja") or shutil.which("ninja-build") or "ninja"


def _configured(folder: Path) -> bool:
    """Configured here, that is: not by a clone that was moved or copied."""
    cache = folder / "CMakeCache.txt"
    # What CMake writes last, at the end of a configuration that went well.
    last = "labs.json" if folder.name == "labs" else "servers.json"
    if not all((folder / name).is_file() for name in (cache.name, "build.ninja", last)):
        return False
    home = re.search(
        r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache.read_text(errors="replace"), re.MULTILINE
    )
    return bool(home) and Path(home[1]) == ROOT


def _cmake_error(text: str) -> str:
    """The first error in what CMake said, or else its last line, in one line."""
    found = re.search(r"CMake Error[^\n]*\n(?:\s*\n)?((?:[ ]+[^\n]+\n)+)", text)
    return " ".join(found[1].split()) if found else last_line(text)


def build(
    preset: str, console: Console, targets: list[str] | None = None, jobs: int | None = None
) -> Path:
    """Configures and builds `targets` (default: all). Returns the build folder.

    On failure the compiler's own output is shown and a Failure raised.
    """
    folder = configure(preset, console)
    parallel = str(jobs or os.cpu_count() or 1)
    command = [_ninja(), "-C", str(folder), "-j", parallel, *(targets or [])]
    begin = time.monotonic()
    environment = {**os.environ, "NINJA_STATUS": "[%f/%t] "}
    process = spawn(command, stderr=subprocess.STDOUT, environment=environment)
    try:
        steps, output = _follow(process, preset, console)
        status = process.wait()
    finally:
        stop(process, 2)
    if status != 0:
        console.print("\n".join(output[-60:]), markup=False, soft_wrap=True)
        raise Failure(_why_not_built(preset, output))
    if steps:
        console.print(
            f"built {preset}: {steps} steps in {time.monotonic() - begin:.0f} s", style="dim"
        )
    return folder


def _why_not_built(preset: str, output: list[str]) -> str:
    unknown = [line for line in output if line.startswith("ninja: error:")]
    why = unknown[-1].removeprefix("ninja: error: ") if unknown else "see above"
    return f"building {preset} failed: {why}"


def _follow(process: subprocess.Popen, preset: str, console: Console) -> tuple[int, list[str]]:
    """Shows Ninja's progress until it ends.

    Returns the steps done and the lines that were no status.
    """
    steps, output, shown = 0, [], time.monotonic()
    with make_progress(console) as progress:
        task = progress.add_task(f"building {preset}", total=1)
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            status = _STATUS.match(line)
            if not status:
                output.append(line)
                continue
            steps = int(status[1])
            progress.update(task, completed=steps, total=int(status[2]))
            if not console.is_terminal and time.monotonic() - shown > 20:
                shown = time.monotonic()
                console.print(f"building {preset}: {steps}/{status[2]}", style="dim")
    return steps, output
