"""What a measurement will do, decided before it starts and written to plan.json."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from experiments.runner.plan.margins import Quantity
from experiments.runner.typed_json import Malformed, from_json, read_object, to_text

SCHEMA = 2
FILE = "plan.json"
# A slice of a closed loop. The shorter, the closer in time are those that are compared, and the
# more pairs there are; but it ends by letting what is in flight drain, so each connection should
# have had some ten replies before.
SLICE_S, SLICE_PER_CONNECTION_S = 0.01, 0.00006
LEAST_ROUNDS = 12
# Shares of the time: of the main cell, of each other, and of open loops, whose slices are short.
MAIN_SHARE = 12
OTHER_SHARE = 4
TAIL_SHARE = 24
LOAD_SHARE = 3
LADDER_SHARE = 2
# How long a slice of an open loop counts, or until so many requests were due: the shorter, the more
# slices there are without a stall, and the more pairs to compare. Before that, a lead-in brings the
# server's connections back into its caches.
COUNTED_S, COUNTED_REQUESTS = 0.005, 200
LEAD_IN_S = 0.002
# Each trial of a search, and how many one contestant has in an epoch.
TRIAL_S, TRIALS = 0.03, 8
CLOSED, OPEN, SEARCH = "closed", "open", "search"


@dataclass(frozen=True)
class Cell:
    """One workload. `rounds` is the total over all epochs; `rate_per_s` is None in a closed loop.

    `idle` are more connections to each contestant, which have no traffic. Slice and rounds are 0
    until the time is shared out. `utilisation` is the share of the reference's capacity that is
    offered, where the rate is one; a search, which looks for the rate at which a contestant breaks,
    begins at that capacity. Their `rate_per_s` is None until the capacity is known.
    """

    id: str
    protocol: str
    connections: int
    depth: int
    size: int
    mode: str
    rate_per_s: int | None
    share: int = OTHER_SHARE
    slice_s: float = 0.0
    rounds: int = 0
    idle: int = 0
    utilisation: float | None = None
    lead_in_s: float = 0.0

    @property
    def of_capacity(self) -> bool:
        """Its rate follows from the reference's capacity."""
        return self.utilisation is not None or self.mode == SEARCH

    @property
    def held(self) -> int:
        """All connections to one contestant, those with traffic and the idle ones."""
        return self.connections + self.idle


def closed_cell(
    protocol: str, connections: int, depth: int, size: int, share: int = OTHER_SHARE
) -> Cell:
    name = f"{protocol}-c{connections}-d{depth}"
    return Cell(name, protocol, connections, depth, size, CLOSED, None, share)


def open_cell(protocol: str, connections: int, size: int, rate: int) -> Cell:
    name = f"{protocol}-c{connections}-r{rate}"
    return Cell(name, protocol, connections, 1, size, OPEN, rate, LADDER_SHARE)


def load_cell(
    protocol: str, connections: int, size: int, percent: int, share: int = LOAD_SHARE
) -> Cell:
    """An open loop that offers so many per cent of the reference's capacity."""
    name = f"{protocol}-c{connections}-u{percent}"
    return Cell(name, protocol, connections, 1, size, OPEN, None, share, utilisation=percent / 100)


def search_cell(protocol: str, connections: int, size: int) -> Cell:
    """Where does each contestant break?"""
    name = f"{protocol}-c{connections}-breaking"
    return Cell(name, protocol, connections, 1, size, SEARCH, None, 0, slice_s=TRIAL_S)


def with_idle(cell: Cell, idle: int) -> Cell:
    """The cell with so many idle connections beside its own; its id tells them."""
    return replace(cell, id=f"{cell.id}-i{idle}", idle=idle) if idle else cell


@dataclass(frozen=True)
class Contestant:
    """A server with its options, entered under a name; or a foreign program.

    Several may run the same `server`: variants with other `options`, and the A/A control, which is
    the reference once more. A foreign program has no `server` but the `command` that starts it.
    """

    name: str
    server: str = ""
    control: bool = False
    options: str = ""
    command: str = ""


@dataclass(frozen=True)
class Batch:
    """All rounds of one cell in one epoch: one run of the generator.

    A measurement that is resumed repeats whole batches.
    """

    epoch: int
    cell: str
    rounds: int
    seed: int


@dataclass(frozen=True)
class Plan:
    """Everything that decides what is measured. Two runs of one plan differ only by noise.

    Title, question and what to look for come from the catalog; they are empty for a comparison.
    """

    experiment: str
    command: str
    seed: int
    quick: bool
    reference: str
    contestants: tuple[Contestant, ...]
    epochs: int
    cells: tuple[Cell, ...]
    threads: int = 1
    server_options: str = ""
    server_cpus: tuple[int, ...] = ()
    generator_cpus: tuple[int, ...] = ()
    margins: dict[str, float] = field(default_factory=dict)
    title: str = ""
    question: str = ""
    look_for: str = ""
    schema: int = SCHEMA

    @property
    def control(self) -> str | None:
        return next((e.name for e in self.contestants if e.control), None)

    def cell(self, cell_id: str) -> Cell:
        return next(c for c in self.cells if c.id == cell_id)

    def batches(self) -> list[Batch]:
        """All in the order they run: by epoch, protocols and their cells shuffled by the seed."""
        batches = []
        for epoch in range(self.epochs):
            order = random.Random(f"{self.seed}/{epoch}")
            protocols = sorted({c.protocol for c in self.cells})
            order.shuffle(protocols)
            for protocol in protocols:
                cells = [c for c in self.cells if c.protocol == protocol]
                order.shuffle(cells)
                batches += [
                    Batch(
                        epoch, c.id, rounds_of(c, epoch, self.epochs), order.randrange(1, 2**31)
                    )
                    for c in cells
                ]
        return [batch for batch in batches if batch.rounds > 0]

    def comparisons(self) -> list[tuple[Quantity, str, str]]:
        """The declared ones, (quantity, cell, contestant): Holm corrects each quantity by itself.

        The control is not among them: it judges the measurement instead.
        """
        others = [e.name for e in self.contestants if not e.control and e.name != self.reference]
        declared = []
        for cell in self.cells:
            declared += [(one, cell.id, name) for one in quantities_of(cell) for name in others]
        return declared


def main_of(cells: Iterable[Cell]) -> Cell | None:
    """The closed loop with the largest share of the time, or else the cell with it."""
    cells = list(cells)
    closed = [cell for cell in cells if cell.mode == CLOSED]
    return max(closed or cells, key=lambda cell: cell.share, default=None)


def quantities_of(cell: Cell) -> list[Quantity]:
    """What is compared in a cell, if the data allow it."""
    tails = [Quantity.P99, Quantity.P999, Quantity.SEEN_P99]
    return {
        CLOSED: [Quantity.COST, Quantity.RATE, Quantity.P99],
        OPEN: [Quantity.COST, *tails],
        SEARCH: [Quantity.BREAKING_LOAD],
    }[cell.mode]


def protocols_of(cells: Iterable[Cell]) -> list[str]:
    """What the cells speak, each once."""
    return list(dict.fromkeys(cell.protocol for cell in cells))


def rounds_of(cell: Cell, epoch: int, epochs: int) -> int:
    """The cell's rounds in one epoch: spread evenly, the remainder over the epochs too."""
    return (epoch + 1) * cell.rounds // epochs - epoch * cell.rounds // epochs


def share_time(
    cells: Iterable[Cell], seconds: float, contestants: int, slice_s: float, rounds: int | None
) -> tuple[Cell, ...]:
    """Gives each cell its slice length and rounds so that all together measure for about `seconds`.

    Never fewer than 12 rounds, below which no corrected comparison could succeed. An explicit
    number of rounds wins over the time, and a cell's own slice length over `slice_s`, the common
    one, which is 0 where none was asked for. A cell
    that has its rounds already keeps them: they are part of the time.
    """
    cells = list(cells)
    total = sum(c.share for c in cells)
    seconds -= sum(c.rounds * c.slice_s for c in cells) * contestants
    shared = []
    for cell in cells:
        if cell.rounds:
            shared.append(cell)
            continue
        length = cell.slice_s or _slice_s(cell, slice_s)
        lead_in_s = min(LEAD_IN_S, length / 3) if cell.mode == OPEN else 0.0
        fitting = int(seconds * cell.share / total / (contestants * length))
        fitting = rounds or max(LEAST_ROUNDS, fitting)
        shared.append(replace(cell, slice_s=length, lead_in_s=lead_in_s, rounds=fitting))
    return tuple(shared)


def _slice_s(cell: Cell, common_s: float) -> float:
    """What was asked for, or else what suits the cell."""
    if common_s:
        return common_s
    if cell.mode == OPEN and cell.rate_per_s:
        return LEAD_IN_S + max(COUNTED_S, round(COUNTED_REQUESTS / cell.rate_per_s, 4))
    return max(SLICE_S, round(SLICE_PER_CONNECTION_S * cell.connections, 4))


def measuring_s(plan: Plan) -> float:
    """How long the slices of a plan last in total."""
    return sum(c.rounds * c.slice_s for c in plan.cells) * len(plan.contestants)


def write_plan(plan: Plan, results: Path) -> None:
    (results / FILE).write_text(to_text(plan))


def read_plan(results: Path) -> Plan:
    """Reads plan.json. Raises OSError, or ValueError when it is broken."""
    value = read_object(results / FILE)
    if value.get("schema") == 1:
        value = _from_schema_1(value)
    if value.get("schema") != SCHEMA:
        raise Malformed(f"plan.json has schema {value.get('schema')}, this version reads {SCHEMA}")
    return from_json(Plan, value)


def _from_schema_1(value: dict[str, Any]) -> dict[str, Any]:
    """Contestants were called entrants; all else was as it is."""
    return {**value, "contestants": value.get("entrants"), "schema": SCHEMA}
