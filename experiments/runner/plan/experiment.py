"""What is to be measured and of whom, and the plan that a machine makes of it.

An experiment comes from a file of the catalog or from the options of `compare`. The plan adds what
depends on the machine: who is available, what its limits allow, how the time is shared.
"""

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace

from experiments.runner.errors import Failure, usage
from experiments.runner.plan.foreign import refuse_what_it_is_not_told
from experiments.runner.plan.margins import MARGINS
from experiments.runner.plan.plan import (
    SEARCH,
    TRIALS,
    Cell,
    Contestant,
    Plan,
    protocols_of,
    share_time,
)
from experiments.runner.system import machine
from experiments.runner.system.affinity import Placement
from experiments.runner.units import connections_text

SECONDS, QUICK_SECONDS = 140.0, 35.0
EPOCHS, QUICK_EPOCHS = 8, 6
REFERENCE = "reactor-libevent"
# Descriptors the generator needs beside its connections.
SPARE_DESCRIPTORS = 64
# The reference, one other, the control.
LEAST_CONTESTANTS = 3


@dataclass(frozen=True)
class Experiment:
    """Contestants and cells before any server was started.

    Raises Failure when they do not fit together. `reference` is None where any contestant may be
    the reference. A cell's `slice_s` is 0 where it is the experiment's, and that is 0 where each
    cell gets what suits it. The texts are for the
    reader: what is asked, and what to look for in the answer.
    """

    name: str
    contestants: tuple[Contestant, ...]
    cells: tuple[Cell, ...]
    reference: str | None = None
    seconds: float = SECONDS
    epochs: int = EPOCHS
    slice_s: float = 0.0
    rounds: int | None = None
    threads: int = 1
    server_options: str = ""
    quick: bool = False
    title: str = ""
    question: str = ""
    look_for: str = ""

    def __post_init__(self) -> None:
        names = [contestant.name for contestant in self.contestants]
        _refuse_repeated("contestants", names)
        _refuse_repeated("cells", [cell.id for cell in self.cells])
        if self.reference is not None and self.reference not in names:
            raise usage(
                f"the reference {self.reference} is not among the servers compared: "
                f"{', '.join(names) or 'none'}"
            )
        for contestant in self.contestants:
            if contestant.command:
                refuse_what_it_is_not_told(contestant, protocols_of(self.cells), self.threads)


def make_contestant(name: str, text: str) -> Contestant:
    """A contestant from `SERVER OPTIONS`. Raises Failure for a bad name or no server."""
    server, _, options = text.strip().partition(" ")
    if not re.fullmatch(r"[\w.-]+", name) or not server:
        raise usage(f"'{name}={text}' is not of the form 'NAME=SERVER OPTIONS'")
    return Contestant(name, server, options=options.strip())


def quickly(experiment: Experiment) -> Experiment:
    """The same in about a quarter of the time."""
    return replace(
        experiment,
        seconds=experiment.seconds * QUICK_SECONDS / SECONDS,
        epochs=min(experiment.epochs, QUICK_EPOCHS),
        quick=True,
    )


def _refuse_repeated(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise usage(f"two {what} are called '{name}'")


def make_plan(
    experiment: Experiment,
    command_line: str,
    refused: Collection[str] = (),
    place: Placement = Placement((), ()),
    seed: int | None = None,
) -> Plan:
    """Decides everything. Raises Failure when nothing is left to compare."""
    contestants = in_order(experiment, refused)
    cells = [
        replace(cell, rounds=TRIALS * experiment.epochs) if cell.mode == SEARCH else cell
        for cell in _that_fit(experiment.cells, len(contestants))
    ]
    return Plan(
        experiment=experiment.name,
        command=command_line,
        seed=seed if seed is not None else int(time.time()),
        quick=experiment.quick,
        reference=contestants[0].name,
        contestants=tuple(contestants),
        epochs=experiment.epochs,
        cells=share_time(
            cells, experiment.seconds, len(contestants), experiment.slice_s, experiment.rounds
        ),
        threads=experiment.threads,
        server_options=experiment.server_options,
        server_cpus=place.servers,
        generator_cpus=place.generator,
        margins=dict(MARGINS),
        title=experiment.title,
        question=experiment.question,
        look_for=experiment.look_for,
    )


def in_order(experiment: Experiment, refused: Collection[str]) -> list[Contestant]:
    """The reference, the others, and the reference once more as A/A control.

    Raises Failure when nobody is left, or not the reference.
    """
    available = [one for one in experiment.contestants if one.name not in refused]
    if not available:
        raise Failure("none of the servers is available here; ./iolab doctor says why")
    names = [contestant.name for contestant in available]
    wanted = experiment.reference or (REFERENCE if REFERENCE in names else names[0])
    if wanted not in names:
        raise Failure(
            f"the reference {wanted} is unavailable here, so nothing can be compared with it"
        )
    first = available[names.index(wanted)]
    others = [contestant for contestant in available if contestant is not first]
    control = replace(first, name=f"{first.name}#control", control=True)
    return [first, *others, control]


def _that_fit(cells: Collection[Cell], contestants: int) -> list[Cell]:
    """Leaves out what this user's descriptor limit cannot hold; a Failure when nothing is left."""
    hard = machine.limits().get("descriptors", [0, -1])[1]
    fitting = [cell for cell in cells if hard < 0 or descriptors(cell, contestants) <= hard]
    if not fitting:
        raise Failure(why_left_out(min(cells, key=lambda cell: cell.held), contestants))
    return fitting


def descriptors(cell: Cell, contestants: int) -> int:
    """How many the generator needs: it is connected to all contestants at once."""
    return cell.held * contestants + SPARE_DESCRIPTORS


def why_left_out(cell: Cell, contestants: int) -> str:
    """Why this user's descriptor limit cannot hold the cell, and what would fit."""
    hard = machine.limits()["descriptors"][1]
    room = hard - SPARE_DESCRIPTORS
    held = room // contestants
    active = min(cell.connections, held) if cell.idle else held
    fewer = room // cell.held
    others = f", or {fewer} contestants" if fewer >= LEAST_CONTESTANTS else ""
    return (
        f"{connections_text(cell.connections, cell.idle)} to {contestants} contestants, "
        f"with the A/A control, need {descriptors(cell, contestants):,} descriptors "
        f"and the hard limit is {hard:,}: "
        f"{connections_text(active, held - active)} would fit{others}; "
        "root raises the limit with 'ulimit -Hn'"
    )
