"""The hints of a lab: hints.md, three of each name, the first one weak, the last one strong."""

import re
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.places import shown

STRENGTHS = (1, 2, 3)
Hints = dict[str, tuple[str, str, str]]
_HEADING = re.compile(r"## +([a-z0-9]+(?:-[a-z0-9]+)*)$")
_ITEM = re.compile(r"(\d+)\. +(.*)$")


def read_hints(lab: Lab) -> Hints:
    """By name, in the order of the file; a step's, then those of the steps before it.

    What a step promised the later ones must keep, so that their tests name its hints. Raises
    Failure that names file and line.
    """
    files = [lab.folder / "hints.md"]
    if lab.is_step:
        steps = sorted(lab.folder.parent.glob("[0-9]-*/hints.md"))
        files += reversed(steps[: steps.index(files[0])] if files[0] in steps else [])
    found: Hints = {}
    for file in files:
        found = {**found, **{k: v for k, v in _read(file).items() if k not in found}}
    return found


def own_hints(lab: Lab) -> Hints:
    return _read(lab.folder / "hints.md")


def _read(file: Path) -> Hints:
    try:
        return parse_hints(file.read_text(encoding="utf-8"), file)
    except OSError as error:
        raise Failure(f"cannot read {shown(file)}: {error.strerror}") from error


def parse_hints(text: str, file: Path) -> Hints:
    found: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{shown(file)}:{number}"
        if line.startswith("## "):
            heading = _HEADING.match(line.rstrip())
            if not heading or heading[1] in found:
                raise Failure(f"{where}: '{line[3:]}' is no new name such as short-writes")
            name = heading[1]
            found[name], lines[name] = [], number
        elif name and (item := _ITEM.match(line)):
            if int(item[1]) != len(found[name]) + 1:
                raise Failure(f"{where}: this is hint {len(found[name]) + 1}, not {item[1]}")
            found[name].append(item[2].strip())
        elif name and line.strip():
            if not found[name]:
                raise Failure(f"{where}: a hint begins with its number, such as '1. '")
            found[name][-1] += f"\n{line.removeprefix('   ').rstrip()}"
    for each, hints in found.items():
        if len(hints) != len(STRENGTHS):
            raise Failure(f"{shown(file)}:{lines[each]}: '{each}' has {len(hints)} hints, not 3")
    return {each: (hints[0], hints[1], hints[2]) for each, hints in found.items()}
