"""Where a student stands: a small file beside the work, written by each check."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.workspace import Workspace
from experiments.runner.typed_json import Malformed, from_json, read_object

NAME = "progress.json"


@dataclass(frozen=True)
class Standing:
    """What the last check of a whole lab found. `done`: tests and judge passed."""

    passed: int
    total: int
    done: bool
    date: str


def read_progress(workspace: Workspace) -> dict[str, Standing]:
    """By the labs' names. A file that is missing or broken counts as none: it is only a memory."""
    try:
        return from_json(dict[str, Standing], read_object(_file(workspace)))
    except (OSError, Malformed):
        return {}


def save_progress(workspace: Workspace, lab: Lab, passed: int, total: int, done: bool) -> None:
    known = read_progress(workspace)
    date = datetime.now().strftime("%Y-%m-%d")
    _write(workspace, {**known, lab.name: Standing(passed, total, done, date)})


def forget(workspace: Workspace, lab: Lab) -> None:
    """Of a lab that was begun anew."""
    known = read_progress(workspace)
    if known.pop(lab.name, None):
        _write(workspace, known)


def _write(workspace: Workspace, known: dict[str, Standing]) -> None:
    text = json.dumps({name: vars(one) for name, one in known.items()}, indent=1)
    _file(workspace).write_text(f"{text}\n", encoding="utf-8")


def stands(lab: Lab, workspace: Workspace) -> str:
    """In words: `not started`, `started`, `7 of 21 tests, 2026-10-01`, `passed, 2026-10-01`."""
    if not workspace.started(lab):
        return "not started"
    one = read_progress(workspace).get(lab.name)
    if one is None:
        return "started"
    return f"{'passed' if one.done else f'{one.passed} of {one.total} tests'}, {one.date}"


def _file(workspace: Workspace) -> Path:
    return workspace.base / NAME
