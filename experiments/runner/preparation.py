"""Everything between the options and the first slice: build, preflight, plan, results folder."""

import argparse
import os
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from experiments.runner import affinity, manifest
from experiments.runner.build import build, configure
from experiments.runner.campaign import Campaign
from experiments.runner.errors import Failure, usage
from experiments.runner.paths import RESULTS
from experiments.runner.plan import Plan, read_plan, write_plan
from experiments.runner.planning import make_plan
from experiments.runner.record import Recorder
from experiments.runner.roster import Roster, Server, choose, read_roster
from experiments.runner.servers import Contestant, Unavailable, running

EXPERIMENT = "compare"


def prepare(options: argparse.Namespace, command_line: str, console: Console) -> Campaign:
    """A campaign ready to run, its plan and manifest written. Raises Failure for anything that is wrong."""
    resumed = _read_resumed(options.resume) if options.resume else None
    roster = read_roster(options.programs.resolve() if options.programs else configure("release", console))
    chosen = [roster.get(e.server) for e in resumed.entrants] if resumed else choose(roster, options.servers)
    if not chosen:
        raise Failure("no servers to compare: the roster has none of the three patterns yet")
    results = options.resume.resolve() if options.resume else _make_folder(options.output)
    try:
        if not options.programs:
            build("release", console, sorted({s.program.name for s in chosen} | {"loadgen"}))
        placement = affinity.place(options.server_cpus, options.generator_cpus, options.threads)
        refused, banners = _preflight(chosen, placement, options, console)
        plan = resumed or make_plan(options, command_line, roster, [s for s in chosen if s.name not in refused], placement)
    except BaseException:
        _remove_if_empty(results)
        raise
    _write(plan, roster, results, command_line, refused, banners, resumed is not None)
    contestants = [Contestant(e.name, roster.get(e.server)) for e in plan.entrants if e.server not in refused]
    return Campaign(plan, roster, roster.folder / "bin" / "loadgen", results, contestants)


def _read_resumed(folder: Path) -> Plan:
    try:
        return read_plan(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise usage(f"cannot resume {folder}: {error}") from error


def _make_folder(wish: Path | None) -> Path:
    """The new results folder; `results/latest` points at it when it lies there."""
    folder = wish.resolve() if wish else RESULTS / time.strftime(f"%Y%m%d-%H%M%S-{EXPERIMENT}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise usage(f"{folder} is not empty; choose another --output, or go on with --resume {folder}")
        probe = folder / "plan.json"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise usage(f"cannot write results into {folder}: {error.strerror}") from error
    if folder.parent == RESULTS:
        _point_latest_at(folder)
    return folder


def _point_latest_at(folder: Path) -> None:
    fresh = RESULTS / f".latest-{os.getpid()}"
    fresh.symlink_to(folder.name)
    fresh.replace(RESULTS / "latest")


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass


def _preflight(
    servers: list[Server], placement: affinity.Placement, options: argparse.Namespace, console: Console
) -> tuple[dict[str, str], dict[str, dict]]:
    """Starts each server once: who is refused here, with its reason, and the banners of the others."""
    refused: dict[str, str] = {}
    banners: dict[str, dict] = {}
    for server in servers:
        try:
            contestant = Contestant(server.name, server)
            with running([contestant], server.protocols[0], options.threads, placement.servers, options.server_options) as up:
                banners[server.name] = up[server.name].banner
        except Unavailable as error:
            refused[server.name] = error.reason
            console.print(f"{server.name} is unavailable here: {error.reason}", style="yellow", markup=False)
    return refused, banners


def _write(
    plan: Plan, roster: Roster, results: Path, command_line: str, refused: dict, banners: dict, resumed: bool
) -> None:
    about = manifest.collect(command_line, roster.folder)
    about["servers"] = [
        {**asdict(server), "program": str(server.program), "banner": banners.get(server.name)}
        for server in roster.servers
        if server.name in banners or server.name in refused
    ]
    if resumed:
        first = manifest.read(results)
        first["resumed_differently"] = manifest.differences(about, first)
        manifest.write(first, results)
        return
    write_plan(plan, results)
    manifest.write(about, results)
    recorder = Recorder(results)
    for name, reason in refused.items():
        recorder.write("unavailable", server=name, reason=reason)
    recorder.close()
