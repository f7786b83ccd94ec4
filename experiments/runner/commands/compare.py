"""./iolab compare: plan, measure, derive, report."""

import argparse
import shlex
from typing import TYPE_CHECKING

from experiments.runner import setup
from experiments.runner.errors import EXIT_INTERRUPTED, Failure
from experiments.runner.requirements import build_requirements, python_requirements

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.runner.campaign import Campaign


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(python_requirements() if options.programs else build_requirements() + python_requirements(), arguments)
    from experiments.runner.console import make_console
    from experiments.runner.preparation import prepare

    console = make_console()
    campaign = prepare(options, f"./iolab {shlex.join(arguments)}", console)
    return _measure_and_report(campaign, options, console)


def _measure_and_report(campaign: "Campaign", options: argparse.Namespace, console: "Console") -> int:
    """Whatever ends the measuring, what there is gets reported; then the first trouble decides the status."""
    from experiments.runner.reporting import derive_and_report

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
        message = f"{trouble.message}; what was measured is in {place}, go on with ./iolab compare --resume {place}"
        raise Failure(message, trouble.status)
    return 0


def _measure(campaign: "Campaign", console: "Console") -> None:
    from experiments.runner.console import make_progress
    from experiments.runner.plan import Unit, measuring_s

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
