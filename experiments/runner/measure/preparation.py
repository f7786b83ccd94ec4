"""Everything between the experiment and the first slice: build, preflight, plan, results folder."""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import usage
from experiments.runner.measure import capacity, manifest
from experiments.runner.measure.campaign import Campaign
from experiments.runner.measure.lines import Refusal
from experiments.runner.measure.manifest import Manifest
from experiments.runner.measure.record import Recorder
from experiments.runner.measure.running_server import Banner, Unavailable
from experiments.runner.measure.servers import ContestantProgram, running
from experiments.runner.paths import RESULTS
from experiments.runner.plan.experiment import Experiment, in_order, make_plan, why_left_out
from experiments.runner.plan.foreign import as_server
from experiments.runner.plan.plan import Plan, protocols_of, read_plan, write_plan
from experiments.runner.plan.roster import Roster, read_roster
from experiments.runner.ready.build import build, configure
from experiments.runner.system import affinity

Design = Callable[[Roster], Experiment]


def prepare(
    design: Design, options: argparse.Namespace, command_line: str, console: Console
) -> Campaign:
    """A campaign ready to run, its plan and manifest written. Raises Failure for anything that is
    wrong.

    A resumed one follows the plan it began with; `design` is asked for all others.
    """
    resumed = _read_resumed(options.resume) if options.resume else None
    roster = read_roster(
        options.programs.resolve() if options.programs else configure("release", console)
    )
    wanted = resumed or design(roster)
    chosen = contestants_of(wanted, roster)
    results = (
        options.resume.resolve() if options.resume else _make_folder(options.output, wanted.name)
    )
    try:
        if not options.programs:
            ours = {c.server.program.name for c in chosen if c.server.program}
            build("release", console, sorted(ours | {"loadgen"}))
        placement = affinity.place(options.server_cpus, options.generator_cpus, wanted.threads)
        refused, banners = _preflight(chosen, placement, wanted, console)
        plan = resumed or make_plan(
            _with_rates(wanted, refused, chosen, roster, placement, options.seed, console),
            command_line,
            refused,
            placement,
            options.seed,
        )
    except BaseException:
        _remove_if_empty(results)
        raise
    _tell_what_does_not_fit(wanted, plan, console)
    about = manifest.collect(plan.command, roster.folder, chosen, banners)
    if resumed:
        _note_what_changed(about, results)
    else:
        _write(plan, about, refused, results)
        if results.parent == RESULTS:
            _point_latest_at(results)
    contestants = [c for c in contestants_of(plan, roster) if c.name not in refused]
    return Campaign(plan, roster.folder / "bin" / "loadgen", results, contestants)


def _with_rates(
    wanted: Experiment,
    refused: dict[str, str],
    chosen: list[ContestantProgram],
    roster: Roster,
    place: affinity.Placement,
    seed: int | None,
    console: Console,
) -> Experiment:
    """The experiment, with the rates of cells that offer a share of the reference's capacity."""
    if not any(cell.of_capacity for cell in wanted.cells):
        return wanted
    reference = in_order(wanted, refused)[0].name
    program = next(one for one in chosen if one.name == reference)
    loadgen = roster.folder / "bin" / "loadgen"
    settings = (place, wanted.threads, wanted.server_options, seed or 1)
    console.print(f"searching for what {reference} can carry")
    cells = capacity.with_rates(wanted.cells, program, loadgen, *settings)
    return replace(wanted, cells=cells)


def contestants_of(wanted: Experiment | Plan, roster: Roster) -> list[ContestantProgram]:
    protocols = protocols_of(wanted.cells)
    return [
        ContestantProgram(
            c.name,
            as_server(c, protocols) if c.command else roster.get(c.server),
            c.options,
            c.command,
        )
        for c in wanted.contestants
    ]


def _tell_what_does_not_fit(wanted: Experiment | Plan, plan: Plan, console: Console) -> None:
    planned = {cell.id for cell in plan.cells}
    for cell in wanted.cells:
        if cell.id not in planned:
            why = why_left_out(cell, len(plan.contestants))
            console.print(f"{cell.id} is left out: {why}", style="yellow")


def _read_resumed(folder: Path) -> Plan:
    try:
        return read_plan(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise usage(f"cannot resume {folder}: {error}") from error


def _make_folder(wish: Path | None, name: str) -> Path:
    """The new results folder, empty."""
    folder = wish.resolve() if wish else RESULTS / time.strftime(f"%Y%m%d-%H%M%S-{name}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise usage(
                f"{folder} is not empty; choose another --output, or go on with --resume {folder}"
            )
        probe = folder / "plan.json"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise usage(f"cannot write results into {folder}: {error.strerror}") from error
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
    contestants: list[ContestantProgram],
    placement: affinity.Placement,
    wanted: Experiment | Plan,
    console: Console,
) -> tuple[dict[str, str], dict[str, Banner]]:
    """Starts each contestant once: who is refused here and why, and the banners of the others."""
    refused: dict[str, str] = {}
    banners: dict[str, Banner] = {}
    settings = (wanted.threads, placement.servers, wanted.server_options)
    for one in contestants:
        try:
            with running([one], one.server.protocols[0], *settings) as up:
                banners[one.name] = up[one.name].banner
        except Unavailable as error:
            refused[one.name] = error.reason
            console.print(
                f"{one.name} is unavailable here: {error.reason}", style="yellow", markup=False
            )
    return refused, banners


def _note_what_changed(about: Manifest, results: Path) -> None:
    """A measurement keeps the manifest it began with; what is different now is added to it."""
    first = manifest.read(results)
    changed = tuple(manifest.differences(about, first))
    manifest.write(replace(first, resumed_differently=changed), results)


def _write(plan: Plan, about: Manifest, refused: dict[str, str], results: Path) -> None:
    write_plan(plan, results)
    manifest.write(about, results)
    recorder = Recorder(results)
    for name, reason in refused.items():
        recorder.write(Refusal(name, reason))
    recorder.close()
