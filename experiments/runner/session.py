"""One session from beginning to end: prepare, measure, derive, report."""

import argparse
import shlex

from rich.console import Console

from experiments.runner.campaign import Campaign
from experiments.runner.console import make_console, make_progress
from experiments.runner.errors import EXIT_INTERRUPTED, Failure
from experiments.runner.plan import Unit, measuring_s
from experiments.runner.preparation import Design, prepare
from experiments.runner.reporting import derive_and_report


def hold(design: Design, options: argparse.Namespace, arguments: list[str]) -> int:
    """Measures what `design` makes of the roster, or goes on with --resume. Returns the exit status."""
    console = make_console()
    campaign = prepare(design, options, f"./iolab {shlex.join(arguments)}", console)
    return _measure_and_report(campaign, options, console)


def _measure_and_report(campaign: Campaign, options: argparse.Namespace, console: Console) -> int:
    """Whatever ends the measuring, what there is gets reported; then the first trouble decides the status."""
    trouble: Failure | None = None
    try:
        _measure(campaign, console)
    except KeyboardInterrupt as interrupt:
        trouble = Failure("interrupted", getattr(interrupt, "status", EXIT_INTERRUPTED))
    except Failure as failure:
        trouble = failure
    derive_and_report(campaign.results, console, options.against, not options.no_report)
    if trouble:
        place = campaign.results
        message = f"{trouble.message}; what was measured is in {place}, go on with ./iolab {options.command} --resume {place}"
        raise Failure(message, trouble.status)
    return 0


def _measure(campaign: Campaign, console: Console) -> None:
    plan = campaign.plan
    seconds = measuring_s(plan)
    names = ", ".join(contestant.name for contestant in campaign.contestants)
    console.print(f"measuring {names} for {seconds:.0f} s: {plan.epochs} epochs, {len(plan.cells)} workloads, seed {plan.seed}")
    units = plan.units()
    places = {(unit.epoch, unit.cell): number for number, unit in enumerate(units)}
    shown_epoch = -1
    with make_progress(console) as progress:
        task = progress.add_task("measuring", total=len(units))

        def on_slice(unit: Unit, share: float) -> None:
            nonlocal shown_epoch
            place = places[unit.epoch, unit.cell] + share
            progress.update(task, completed=place, description=f"epoch {unit.epoch + 1} of {plan.epochs}, {unit.cell}")
            if not console.is_terminal and unit.epoch != shown_epoch:
                shown_epoch = unit.epoch
                console.print(f"epoch {unit.epoch + 1} of {plan.epochs}")

        campaign.progress = on_slice
        campaign.run()
