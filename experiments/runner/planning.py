"""The plan of `compare`: which workloads, how long each, from the options."""

import argparse
import time
from dataclasses import replace

from experiments.runner import machine
from experiments.runner.affinity import Placement
from experiments.runner.errors import Failure, usage
from experiments.runner.plan import HEADLINE_SHARE, Cell, Entrant, Plan, closed_cell, open_cell, share_time
from experiments.runner.servers import Contestant
from experiments.runner.verdicts import MARGINS

REFERENCE = "reactor-libevent"
HEADLINE_CONNECTIONS = 100
# Offered loads are absolute and the same on every machine, so that charts can be laid over each other.
LADDER = (10_000, 20_000, 40_000, 80_000)
QUICK_LADDER = (40_000,)
SECONDS, QUICK_SECONDS = 90.0, 20.0
EPOCHS, QUICK_EPOCHS = 8, 6
SLICE_S, QUICK_SLICE_S = 0.06, 0.04
# Descriptors the generator needs beside its connections.
SPARE_DESCRIPTORS = 64


def make_plan(options: argparse.Namespace, command_line: str, contestants: list[Contestant], place: Placement) -> Plan:
    """Decides everything. Raises Failure when nothing is left to compare."""
    if not contestants:
        raise Failure("none of the servers is available here; ./iolab doctor says why")
    first = _reference(options.reference, contestants)
    others = [c for c in contestants if c is not first]
    entrants = [Entrant(c.name, c.server.name, options=c.options) for c in (first, *others)]
    entrants.append(Entrant(f"{first.name}#control", first.server.name, control=True, options=first.options))
    cells = _cells(options, len(entrants))
    seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    slice_s = options.slice or (QUICK_SLICE_S if options.quick else SLICE_S)
    return Plan(
        experiment="compare",
        command=command_line,
        seed=options.seed if options.seed is not None else int(time.time()),
        quick=options.quick,
        reference=first.name,
        entrants=tuple(entrants),
        epochs=options.epochs or (QUICK_EPOCHS if options.quick else EPOCHS),
        cells=share_time(cells, seconds, len(entrants), slice_s, options.rounds),
        threads=options.threads,
        server_options=options.server_options,
        server_cpus=place.servers,
        generator_cpus=place.generator,
        margins=dict(MARGINS),
    )


def _reference(wish: str | None, contestants: list[Contestant]) -> Contestant:
    names = [c.name for c in contestants]
    if wish is not None and wish not in names:
        raise usage(f"the reference {wish} is not among the servers compared: {', '.join(names)}")
    wanted = wish or REFERENCE
    return contestants[names.index(wanted)] if wanted in names else contestants[0]


def _cells(options: argparse.Namespace, contestants: int) -> list[Cell]:
    protocols = [name.strip() for name in options.protocols.split(",")]
    for name in protocols:
        if name not in ("echo", "framed"):
            raise usage(f"unknown protocol '{name}'; known: echo, framed")
    cells: list[Cell] = []
    if "echo" in protocols:
        counts = options.connections or ([1, 100, 1000] if options.quick else [1, 10, 100, 1000])
        cells += [closed_cell("echo", count, 1, options.size) for count in counts]
        rates = options.rates if options.rates is not None else (QUICK_LADDER if options.quick else LADDER)
        cells += [open_cell("echo", HEADLINE_CONNECTIONS, options.size, rate) for rate in rates if rate]
    if "framed" in protocols:
        cells += [closed_cell("framed", HEADLINE_CONNECTIONS, depth, options.size) for depth in options.depths or [1, 16]]
    return _with_headline(_that_fit(cells, contestants))


def _that_fit(cells: list[Cell], contestants: int) -> list[Cell]:
    """Leaves out what this user's descriptor limit cannot hold; a Failure when nothing is left."""
    hard = machine.limits().get("descriptors", [0, -1])[1]
    fitting = [c for c in cells if hard < 0 or c.connections * contestants + SPARE_DESCRIPTORS <= hard]
    if cells and not fitting:
        raise Failure(f"the descriptor limit of {hard} is too low for {cells[0].connections} connections to {contestants} servers")
    return fitting


def _with_headline(cells: list[Cell]) -> list[Cell]:
    """Gives the headline, echo at 100 connections, or else the first cell, most of the time."""
    wanted = f"echo-c{HEADLINE_CONNECTIONS}-d1"
    head = next((c for c in cells if c.id == wanted), cells[0])
    return [replace(c, share=HEADLINE_SHARE) if c is head else c for c in cells]
