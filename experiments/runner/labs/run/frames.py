"""The student's places in the stacks that sanitizers print."""

import re
from collections.abc import Iterable
from pathlib import Path

from experiments.runner.labs.places import shown

# Of the address sanitizer; and of the thread sanitizer, which has the module for the address.
_FRAME = re.compile(r"^ *#\d+ (?:0x[0-9a-f]+ in )?(.+) (/.+?):(\d+)(?::\d+)?(?: \([^()]*\))?$")


def own_places(stack: Iterable[str], own: Path) -> list[str]:
    """`server.cpp:12 in Connection::read()` for each frame of the student's, innermost first."""
    frames = [frame for line in stack if (frame := _FRAME.match(line))]
    return [
        f"{shown(Path(frame[2]))}:{frame[3]} in {_function(frame[1])}"
        for frame in frames
        if Path(frame[2]).is_relative_to(own)
    ]


def _function(name: str) -> str:
    if name == "operator()":
        return "a lambda"
    return name.replace("(anonymous namespace)::", "").replace("lab::", "")
