"""What is to be measured and of whom: a file of the catalog, or what the options of `compare` describe."""

import re
from dataclasses import dataclass, replace

from experiments.runner.errors import usage
from experiments.runner.plan import Cell, Entrant

SECONDS, QUICK_SECONDS = 90.0, 20.0
EPOCHS, QUICK_EPOCHS = 8, 6
SLICE_S, QUICK_SLICE_S = 0.06, 0.04


@dataclass(frozen=True)
class Experiment:
    """Contestants and cells before any server was started. Raises Failure when they do not fit together.

    `reference` is None where any contestant may be the reference. A cell's `slice_s` is 0 where it is
    the experiment's. The texts are for the reader: what is asked, and what to look for in the answer.
    """

    name: str
    entrants: tuple[Entrant, ...]
    cells: tuple[Cell, ...]
    reference: str | None = None
    seconds: float = SECONDS
    epochs: int = EPOCHS
    slice_s: float = SLICE_S
    rounds: int | None = None
    threads: int = 1
    server_options: str = ""
    quick: bool = False
    title: str = ""
    question: str = ""
    look_for: str = ""

    def __post_init__(self) -> None:
        names = [entrant.name for entrant in self.entrants]
        _refuse_repeated("contestants", names)
        _refuse_repeated("cells", [cell.id for cell in self.cells])
        if self.reference is not None and self.reference not in names:
            raise usage(f"the reference {self.reference} is not among the servers compared: {', '.join(names)}")


def make_entrant(name: str, text: str) -> Entrant:
    """A contestant from `SERVER OPTIONS`. Raises Failure for a bad name or no server."""
    server, _, options = text.strip().partition(" ")
    if not re.fullmatch(r"[\w.-]+", name) or not server:
        raise usage(f"'{name}={text}' is not of the form 'NAME=SERVER OPTIONS'")
    return Entrant(name, server, options=options.strip())


def quickly(experiment: Experiment) -> Experiment:
    """The same in about a quarter of the time; slices keep their length where a cell gives one."""
    return replace(
        experiment,
        seconds=experiment.seconds * QUICK_SECONDS / SECONDS,
        epochs=min(experiment.epochs, QUICK_EPOCHS),
        slice_s=min(experiment.slice_s, QUICK_SLICE_S),
        quick=True,
    )


def _refuse_repeated(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise usage(f"two {what} are called '{name}'")
