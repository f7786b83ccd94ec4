"""What the reference can carry: the loads of a measurement are shares of it."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.measure.generator import search_command
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.measure.servers import ContestantProgram, running
from experiments.runner.plan.plan import SEARCH, TRIAL_S, Cell
from experiments.runner.system.affinity import Placement
from experiments.runner.system.processes import last_line, spawn
from experiments.runner.units import three_digits

# The machine's speed changes from second to second, by a third: a few short searches see that where
# a long one does not. What it can carry is what it carried in nearly all of them. It need only be
# about right: all contestants get the same load, whatever share of the capacity that is.
FIRST_TRIALS, SEARCHES, TRIALS = 20, 4, 10
SECOND_LOWEST = 1
# Beyond that the generator hangs.
PATIENCE_S = 60


def with_rates(
    cells: Iterable[Cell],
    reference: ContestantProgram,
    loadgen: Path,
    place: Placement,
    threads: int,
    options: str,
    seed: int,
) -> tuple[Cell, ...]:
    """The cells, those whose rate follows from the capacity with it filled in.

    The capacity is the highest rate at which 99 % of the reference's replies come within 1 ms.
    Raises Failure when the generator or the reference fails.
    """
    known: dict[tuple, float] = {}
    found = []
    for cell in cells:
        if not cell.of_capacity or cell.rate_per_s:
            found.append(cell)
            continue
        workload = (cell.protocol, cell.connections, cell.size, cell.idle)
        if workload not in known:
            with running([reference], cell.protocol, threads, place.servers, options) as up:
                known[workload] = _capacity(cell, list(up.values()), loadgen, place, seed)
        share = 1.0 if cell.mode == SEARCH else cell.utilisation
        found.append(replace(cell, rate_per_s=three_digits(share * known[workload])))
    return tuple(found)


def _capacity(
    cell: Cell, servers: list[RunningServer], loadgen: Path, place: Placement, seed: int
) -> float:
    trial = replace(cell, slice_s=TRIAL_S)
    found = [_search(search_command(loadgen, trial, servers, FIRST_TRIALS, seed), place)]
    near = replace(trial, rate_per_s=three_digits(found[0]))
    for number in range(SEARCHES):
        words = search_command(loadgen, near, servers, TRIALS, seed + 1 + number)
        found.append(_search(words, place))
    return sorted(found)[SECOND_LOWEST]


def _search(words: list[str], place: Placement) -> float:
    process = spawn(words, place.generator, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failure("the search for the reference's capacity found no end") from None
    if process.returncode != 0:
        text = last_line(errors.decode(errors="replace"))
        raise Failure(text.removeprefix("loadgen: ") or "the search for a capacity failed")
    return float(json.loads(last_line(output.decode()))["rate_per_s"]["median"])
