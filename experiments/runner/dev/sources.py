"""Which files the linters look at."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.paths import ROOT

CPP = (".cpp", ".hpp", ".h", ".c")


@dataclass(frozen=True)
class Files:
    cpp: list[Path]
    python: list[Path]


@dataclass(frozen=True)
class Unit:
    """One translation unit as the build compiles it."""

    source: Path
    folder: Path
    command: str


def tracked() -> Files:
    """Every C++ and Python file that git knows or that is new and not ignored."""
    return _sort(_git("ls-files", "--cached", "--others", "--exclude-standard"))


def changed() -> Files:
    """What differs from the upstream branch, or from the last commit when there is none."""
    base = _git("rev-parse", "--verify", "--quiet", "@{upstream}") or ["HEAD"]
    return _sort(
        _git("diff", "--name-only", base[0]) + _git("ls-files", "--others", "--exclude-standard")
    )


def _git(*arguments: str) -> list[str]:
    """Git's output in lines; without a repository every file in the folder counts."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    if done.returncode != 0 and arguments[0] == "ls-files":
        return [
            str(p.relative_to(ROOT))
            for p in ROOT.rglob("*.*")
            if "build" not in p.relative_to(ROOT).parts
        ]
    return done.stdout.splitlines()


def _sort(names: Iterable[str]) -> Files:
    paths = sorted({ROOT / name for name in names if (ROOT / name).is_file()})
    return Files([p for p in paths if p.suffix in CPP], [p for p in paths if p.suffix == ".py"])


def translation_units(build_folder: Path, wanted: list[Path]) -> list[Unit]:
    """The units of the compilation database whose source, or a header it includes, is wanted.

    A source compiled for two engines is looked at once, with the first of its commands.
    """
    chosen = set(wanted)
    units: dict[Path, Unit] = {}
    database = build_folder / "compile_commands.json"
    for entry in json.loads(database.read_text()) if database.is_file() else []:
        source = (Path(entry["directory"]) / entry["file"]).resolve()
        if source in units or not source.is_relative_to(ROOT):
            continue
        unit = Unit(source, Path(entry["directory"]), entry["command"])
        if source in chosen or chosen & project_headers(unit):
            units[source] = unit
    return list(units.values())


def project_headers(unit: Unit) -> set[Path]:
    """The repository's own headers that a unit includes, directly or not."""
    seen: set[Path] = set()
    waiting = [unit.source]
    while waiting:
        file = waiting.pop()
        for name in _quoted_includes(file):
            for folder in (file.parent, ROOT):
                header = (folder / name).resolve()
                if header.is_file() and header not in seen:
                    seen.add(header)
                    waiting.append(header)
                    break
    return seen


def _quoted_includes(file: Path) -> list[str]:
    lines = file.read_text(errors="replace").splitlines()
    return [
        line.split('"')[1]
        for line in lines
        if line.lstrip().startswith('#include "') and line.count('"') >= 2
    ]
