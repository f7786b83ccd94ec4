"""How fast this machine is, and whether it can look for leaks: found out once for each build."""

import re
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.run.ground import HERE, Ground
from experiments.runner.labs.run.process import run_program
from experiments.runner.labs.run.sanitizer import BLIND
from experiments.runner.typed_json import Malformed, from_json, read_object, to_text

LEAST_LIMIT_S = 2.0
LIMIT_IN_YARDSTICKS = 200
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Yardstick:
    """`seconds` of the processor that a fixed piece of work takes; `leaks`: they can be found."""

    seconds: float
    leaks: bool

    @property
    def limit_s(self) -> float:
        """What one test may take."""
        return max(LEAST_LIMIT_S, LIMIT_IN_YARDSTICKS * self.seconds)

    @property
    def patience_s(self) -> float:
        """How long no test may begin or end, by the clock on the wall."""
        return max(PATIENCE_S, 4 * self.limit_s)


def measured(
    program: Path, folder: Path, memory: Path, build: Path, ground: Ground = HERE
) -> Yardstick:
    """From `memory` if it is younger than `build`; else `program` measures it, in `folder`."""
    yardstick = remembered(memory, build)
    if yardstick is None:
        yardstick = _measure(program, folder, ground)
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(to_text(yardstick))
    return yardstick


def remembered(memory: Path, build: Path) -> Yardstick | None:
    try:
        if memory.stat().st_mtime >= build.stat().st_mtime:
            return from_json(Yardstick, read_object(memory))
    except (OSError, Malformed):
        pass
    return None


def _measure(program: Path, folder: Path, ground: Ground) -> Yardstick:
    """Looking for leaks once shows whether that is possible here."""
    ran = run_program(
        program, ["--yardstick"], folder, True, PATIENCE_S, at_exit=True, ground=ground
    )
    number = re.search(r"^\d+(\.\d+)?(e-\d+)?$", ran.output, re.MULTILINE)
    return Yardstick(
        float(number[0]) if number else 0, not BLIND.search(ran.output + ran.sanitizers)
    )
