"""From an experiment to the plan of one session: who is available, what fits this machine, how long each."""

import time
from collections.abc import Collection
from dataclasses import replace

from experiments.runner import machine
from experiments.runner.affinity import Placement
from experiments.runner.errors import Failure
from experiments.runner.experiment import Experiment
from experiments.runner.plan import Cell, Entrant, Plan, share_time
from experiments.runner.verdicts import MARGINS

REFERENCE = "reactor-libevent"
# Descriptors the generator needs beside its connections.
SPARE_DESCRIPTORS = 64


def make_plan(
    experiment: Experiment, command_line: str, refused: Collection[str] = (), place: Placement = Placement((), ()), seed: int | None = None
) -> Plan:
    """Decides everything. Raises Failure when nothing is left to compare."""
    entrants = _order(experiment, [e for e in experiment.entrants if e.name not in refused])
    cells = _that_fit(experiment.cells, len(entrants))
    return Plan(
        experiment=experiment.name,
        command=command_line,
        seed=seed if seed is not None else int(time.time()),
        quick=experiment.quick,
        reference=entrants[0].name,
        entrants=tuple(entrants),
        epochs=experiment.epochs,
        cells=share_time(cells, experiment.seconds, len(entrants), experiment.slice_s, experiment.rounds),
        threads=experiment.threads,
        server_options=experiment.server_options,
        server_cpus=place.servers,
        generator_cpus=place.generator,
        margins=dict(MARGINS),
        title=experiment.title,
        question=experiment.question,
        look_for=experiment.look_for,
    )


def _order(experiment: Experiment, available: list[Entrant]) -> list[Entrant]:
    """The reference, the others, and the reference once more as A/A control."""
    if not available:
        raise Failure("none of the servers is available here; ./iolab doctor says why")
    names = [entrant.name for entrant in available]
    wanted = experiment.reference or (REFERENCE if REFERENCE in names else names[0])
    if wanted not in names:
        raise Failure(f"the reference {wanted} is unavailable here, so nothing can be compared with it")
    first = available[names.index(wanted)]
    others = [entrant for entrant in available if entrant is not first]
    return [first, *others, replace(first, name=f"{first.name}#control", control=True)]


def _that_fit(cells: Collection[Cell], contestants: int) -> list[Cell]:
    """Leaves out what this user's descriptor limit cannot hold; a Failure when nothing is left."""
    hard = machine.limits().get("descriptors", [0, -1])[1]
    fitting = [c for c in cells if hard < 0 or c.connections * contestants + SPARE_DESCRIPTORS <= hard]
    if not fitting:
        least = min(cell.connections for cell in cells)
        raise Failure(f"the descriptor limit of {hard} is too low for {least} connections to {contestants} servers")
    return fitting

