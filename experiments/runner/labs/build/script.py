"""A student's Python and TOML files as a test program: a script that is called as the others are.

Nothing is compiled, but what cannot be read at all is told here, as a compiler would.
"""

import re
import shlex
import sys
from pathlib import Path

import tomllib

from experiments.runner.labs.build.complaints import Complaint, Place
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.places import LABS

MACHINE = LABS / "machine" / "python" / "main.py"
_TOML_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")


def write_script(program: Path, lab: Lab, own: Path) -> list[Complaint]:
    """Writes `program`, unless one of the files in `own` cannot be read; then says why."""
    faults = [fault for file in lab.language.files(own) if (fault := _fault(file))]
    if faults:
        return faults
    words = [sys.executable, "-uB", str(MACHINE), "--lab", str(lab.folder), "--work", str(own)]
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return []


def _fault(file: Path) -> Complaint | None:
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        if file.suffix == ".toml":
            tomllib.loads(text)
        else:
            compile(text, str(file), "exec", dont_inherit=True)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (len(text.splitlines()), 1)
        return _complaint(file, line, column, _TOML_PLACE.sub("", str(error)))
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        return _complaint(file, line, column, getattr(error, "msg", str(error)))
    return None


def _complaint(file: Path, line: int, column: int, text: str) -> Complaint:
    place = Place(file, line, column)
    return Complaint(place, error=True, text=text, snippet=place.quoted())
