"""Running clang-format, clang-tidy and the Python checks. Each returns its complaints as lines."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console

from experiments.runner.console import make_progress
from experiments.runner.dev.sources import Unit, project_headers
from experiments.runner.paths import ROOT

PYTHON_COLUMNS = 100
_DIAGNOSTIC = re.compile(r"^(.*?):(\d+):(\d+): (warning|error): (.*)$")


def clang_format(files: list[Path], fix: bool) -> list[str]:
    """Complaints about layout; with `fix` the files are rewritten instead."""
    if not files:
        return []
    mode = ["-i"] if fix else ["--dry-run"]
    done = subprocess.run(
        ["clang-format", *mode, *map(str, files)], capture_output=True, text=True, cwd=ROOT
    )
    per_file: dict[str, int] = {}
    for line in done.stderr.splitlines():
        found = _DIAGNOSTIC.match(line)
        if found:
            per_file[found[1]] = per_file.get(found[1], 0) + 1
    problems = [
        f"{_relative(name)}: {n} places; ./iolab lint --fix rewrites them"
        for name, n in per_file.items()
    ]
    if done.returncode != 0 and not problems:
        problems.append(f"clang-format: {done.stderr.strip()}")
    return problems


def python_checks(files: list[Path]) -> list[str]:
    """Syntax by the compiler, length of lines, unused and undefined names by pyflakes."""
    problems = [complaint for file in files for complaint in _long_lines(file)]
    for file in files:
        try:
            compile(file.read_text(), str(file), "exec")
        except SyntaxError as error:
            problems.append(f"{_relative(str(file))}:{error.lineno}: {error.msg}")
    tool = shutil.which("pyflakes3") or shutil.which("pyflakes")
    command = [tool] if tool else [sys.executable, "-m", "pyflakes"]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, cwd=ROOT)
    sources = {file: file.read_text().splitlines() for file in files}
    for line in done.stdout.splitlines():
        name, number = line.split(":")[:2]
        text = sources.get(Path(name), [])
        if not (number.isdigit() and "# noqa" in text[int(number) - 1]):
            problems.append(_relative(line))
    return problems


def _long_lines(file: Path) -> list[str]:
    lines = enumerate(file.read_text().splitlines(), 1)
    long = [(number, len(line)) for number, line in lines if len(line) > PYTHON_COLUMNS]
    name = _relative(str(file))
    return [f"{name}:{number}: {n} columns, more than {PYTHON_COLUMNS}" for number, n in long]


def clang_tidy(units: list[Unit], console: Console) -> list[str]:
    """Complaints of clang-tidy, as many units at a time as there are cores.

    A unit found clean is remembered under build/lint by the content of everything that
    decided it, and not looked at again until that changes.
    """
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True).stdout
    cache = ROOT / "build" / "lint"
    cache.mkdir(parents=True, exist_ok=True)
    waiting = {unit: cache / _fingerprint(unit, version) for unit in units}
    waiting = {unit: mark for unit, mark in waiting.items() if not mark.exists()}
    problems: set[str] = set()
    with make_progress(console) as progress, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        task = progress.add_task("clang-tidy", total=len(waiting))
        jobs = {pool.submit(_tidy_one, unit): mark for unit, mark in waiting.items()}
        try:
            for job in as_completed(jobs):
                found = job.result()
                problems.update(found)
                if not found:
                    jobs[job].touch()
                progress.advance(task)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return sorted(problems)


def _fingerprint(unit: Unit, version: str) -> str:
    digest = hashlib.sha256(f"{version}\0{unit.command}\0".encode())
    for file in (*_rules(unit.source), unit.source, *sorted(project_headers(unit))):
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:32]


def _rules(source: Path) -> list[Path]:
    """The configurations that apply to a source, its own folder's first."""
    folders = [folder for folder in source.parents if folder.is_relative_to(ROOT)]
    return [file for folder in folders if (file := folder / ".clang-tidy").exists()]


def _tidy_one(unit: Unit) -> list[str]:
    command = ["clang-tidy", "-p", str(unit.folder), "--quiet", str(unit.source)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    found = [match for line in done.stdout.splitlines() if (match := _DIAGNOSTIC.match(line))]
    # The analyzer follows our calls into the headers of libraries; what it says of those is not
    # ours to mend.
    problems = [
        f"{_relative(match[1])}:{match[2]}: {match[5]}"
        for match in found
        if Path(match[1]).is_relative_to(ROOT)
    ]
    if done.returncode != 0 and not found:
        problems.append(
            f"{_relative(str(unit.source))}: clang-tidy failed: "
            f"{(done.stderr or done.stdout).strip()[-300:]}"
        )
    return problems


def _relative(text: str) -> str:
    return text.replace(f"{ROOT}/", "")
