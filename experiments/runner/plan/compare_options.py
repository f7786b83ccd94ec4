"""The experiment that the options of `compare` describe: which servers, which cells, how long."""

import argparse
from dataclasses import replace

from experiments.runner.errors import Failure, usage
from experiments.runner.plan.experiment import (
    EPOCHS,
    QUICK_EPOCHS,
    QUICK_SECONDS,
    SECONDS,
    Experiment,
    make_contestant,
)
from experiments.runner.plan.foreign import PROTOCOL, make_foreign
from experiments.runner.plan.plan import (
    LOAD_SHARE,
    MAIN_SHARE,
    TAIL_SHARE,
    Cell,
    Contestant,
    closed_cell,
    load_cell,
    open_cell,
    search_cell,
    with_idle,
)
from experiments.runner.plan.roster import Roster, choose

NAME = "compare"
MAIN_CONNECTIONS = 100
# These offered loads are the same on every machine, so that charts can be laid over each other.
LADDER = (10_000, 20_000, 40_000, 80_000)
QUICK_LADDER = (40_000,)
# Per cent of what the reference can carry. Most of the time goes to the headline of tails.
LOADS = (30, 50, 70, 85, 95)
QUICK_LOADS = (70,)
HEADLINE_LOAD = 70


def experiment_from(options: argparse.Namespace, roster: Roster) -> Experiment:
    """Raises Failure when the options contradict each other or name what does not exist."""
    quick = options.quick
    contestants = _contestants(options, roster)
    return Experiment(
        name=NAME,
        contestants=contestants,
        cells=tuple(_cells(options, _protocols(options, contestants))),
        reference=options.reference,
        seconds=options.seconds or (QUICK_SECONDS if quick else SECONDS),
        epochs=options.epochs or (QUICK_EPOCHS if quick else EPOCHS),
        slice_s=options.slice or 0.0,
        rounds=options.rounds,
        threads=options.threads,
        server_options=options.server_options,
        quick=quick,
    )


def _contestants(options: argparse.Namespace, roster: Roster) -> tuple[Contestant, ...]:
    """The servers asked for and, after them, the variants and the foreign programs."""
    chosen = [Contestant(server.name, server.name) for server in choose(roster, options.servers)]
    for text in options.variant:
        name, _, rest = text.partition("=")
        chosen.append(make_contestant(name, rest))
    for text in options.program:
        name, _, rest = text.partition("=")
        chosen.append(make_foreign(name, rest))
    if not chosen and options.servers.strip():
        raise Failure("no servers to compare: the roster has none of the three patterns yet")
    if not chosen:
        raise usage("nobody to compare: --servers, --variant and --program name none")
    return tuple(chosen)


def _protocols(options: argparse.Namespace, contestants: tuple[Contestant, ...]) -> list[str]:
    """Those asked for, or else all that every contestant can be told to speak."""
    if options.protocols is None:
        tellable = all(PROTOCOL in one.command for one in contestants if one.command)
        return ["echo", "framed"] if tellable else ["echo"]
    protocols = [name.strip() for name in options.protocols.split(",")]
    for name in protocols:
        if name not in ("echo", "framed"):
            raise usage(f"unknown protocol '{name}'; known: echo, framed")
    return protocols


def _cells(options: argparse.Namespace, protocols: list[str]) -> list[Cell]:
    cells: list[Cell] = []
    if "echo" in protocols:
        counts = options.connections or ([1, 100, 1000] if options.quick else [1, 10, 100, 1000])
        cells += [closed_cell("echo", count, 1, options.size) for count in counts]
        cells += _offered(options)
    if "framed" in protocols:
        depths = options.depths or [1, 16]
        cells += [closed_cell("framed", MAIN_CONNECTIONS, depth, options.size) for depth in depths]
    return [with_idle(cell, options.idle) for cell in _with_main_cell(cells)]


def _offered(options: argparse.Namespace) -> list[Cell]:
    """The open loops: loads relative to the reference's capacity, and absolute ones."""
    rates, loads = options.rates, options.loads
    if rates is None:
        rates = () if loads else QUICK_LADDER if options.quick else LADDER
    if loads is None:
        loads = () if options.rates is not None else QUICK_LOADS if options.quick else LOADS
    workload = ("echo", MAIN_CONNECTIONS, options.size)
    headline = HEADLINE_LOAD if HEADLINE_LOAD in loads else next(iter(loads), None)
    cells = [
        load_cell(*workload, load, TAIL_SHARE if load == headline else LOAD_SHARE)
        for load in loads
        if load
    ]
    if any(loads):
        cells.append(search_cell(*workload))
    cells += [open_cell(*workload, rate) for rate in rates if rate]
    return cells


def _with_main_cell(cells: list[Cell]) -> list[Cell]:
    """Gives most of the time to the main cell: echo at 100 connections, or else the first."""
    wanted = f"echo-c{MAIN_CONNECTIONS}-d1"
    main = next((c for c in cells if c.id == wanted), cells[0])
    return [replace(c, share=MAIN_SHARE) if c is main else c for c in cells]
