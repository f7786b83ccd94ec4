"""One measurement from beginning to end: prepare, measure, derive, report."""

import argparse
import shlex

from rich.console import Console

from experiments.runner.commands.reporting import derive_and_report
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
    """Reports what there is, whatever ended the measuring; the first trouble decides the status."""
    trouble: Failure | None = None
    try:
        _run(campaign, console)
    except KeyboardInterrupt as interrupt:
        trouble = Failure("interrupted", getattr(interrupt, "status", EXIT_INTERRUPTED))
    except Failure as failure:
        trouble = failure
    derive_and_report(campaign.results, console, options.against, not options.no_report)
    if trouble:
        place = campaign.results
        raise Failure(
            f"{trouble.message}; what was measured is in {place}, "
            f"go on with ./iolab {options.command} --resume {place}",
            trouble.status,
        )
    return 0


def _run(campaign: Campaign, console: Console) -> None:
    plan = campaign.plan
    seconds = measuring_s(plan)
    names = ", ".join(contestant.name for contestant in campaign.contestants)
    console.print(
        f"measuring {names}: {seconds:.0f} s of slices in {plan.epochs} epochs, "
        f"{len(plan.cells)} workloads, seed {plan.seed}"
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
