"""One measurement from beginning to end: prepare, measure, derive, report."""

import argparse
import shlex
from pathlib import Path

from rich.console import Console

from experiments.runner.commands.reporting import derive_and_report, print_table
from experiments.runner.console import make_console, make_progress
from experiments.runner.errors import EXIT_INTERRUPTED, Failure
from experiments.runner.measure.campaign import Campaign
from experiments.runner.measure.preparation import Design, prepare
from experiments.runner.plan.plan import Batch, measuring_s


def measure(design: Design, options: argparse.Namespace, arguments: list[str]) -> int:
    """Measures what `design` makes of the roster, or goes on with --resume.

    Returns the exit status.
    """
    console = make_console()
    campaign = prepare(design, options, f"./iolab {shlex.join(arguments)}", console)
    return _measure_and_report(campaign, options, console)


def _measure_and_report(campaign: Campaign, options: argparse.Namespace, console: Console) -> int:
    """Reports what there is, whatever ended the measuring; the first trouble decides the status.

    After Ctrl-C that is the table alone: all else takes seconds, and who stops it wants to go.
    """
    place = campaign.results
    go_on = (
        f"what was measured is in {place}: go on with ./iolab {options.command} --resume {place}"
    )
    try:
        _run(campaign, console)
    except KeyboardInterrupt as interrupt:
        print_table(place, console, options.against)
        raise _stopped(interrupt, f"{go_on}, or draw it with ./iolab report {place}") from None
    except Failure as failure:
        _report(place, options, console)
        raise Failure(f"{failure.message}; {go_on}", failure.status) from None
    _report(place, options, console)
    return 0


def _report(place: Path, options: argparse.Namespace, console: Console) -> None:
    try:
        derive_and_report(place, console, options.against, not options.no_report)
    except KeyboardInterrupt as interrupt:
        raise _stopped(interrupt, f"make the report with ./iolab report {place}") from None


def _stopped(interrupt: KeyboardInterrupt, hint: str) -> Failure:
    status = getattr(interrupt, "status", EXIT_INTERRUPTED)
    return Failure(f"interrupted; {hint}", status)


def _run(campaign: Campaign, console: Console) -> None:
    plan = campaign.plan
    seconds = measuring_s(plan)
    cells = "cell" if len(plan.cells) == 1 else "cells"
    names = ", ".join(contestant.name for contestant in campaign.contestants)
    console.print(
        f"measuring {names}: {seconds:.0f} s of slices in {plan.epochs} epochs, "
        f"{len(plan.cells)} {cells}, seed {plan.seed}"
    )
    batches = plan.batches()
    places = {(batch.epoch, batch.cell): number for number, batch in enumerate(batches)}
    shown_epoch = -1
    with make_progress(console) as progress:
        task = progress.add_task("measuring", total=len(batches))

        def on_slice(batch: Batch, share: float) -> None:
            nonlocal shown_epoch
            place = places[batch.epoch, batch.cell] + share
            progress.update(
                task,
                completed=place,
                description=f"epoch {batch.epoch + 1} of {plan.epochs}, {batch.cell}",
            )
            if not console.is_terminal and batch.epoch != shown_epoch:
                shown_epoch = batch.epoch
                console.print(f"epoch {batch.epoch + 1} of {plan.epochs}")

        campaign.progress = on_slice
        campaign.run()
