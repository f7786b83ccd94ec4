"""From a results folder to everything a reader sees: derived files, figures, report, table."""

from pathlib import Path

from rich.console import Console

from experiments.runner.judge.analysis import analyse, weigh_results
from experiments.runner.judge.outcome import Outcome, distributions
from experiments.runner.measure import manifest
from experiments.runner.results.derived import write_derived
from experiments.runner.results.model import Analysis
from experiments.runner.results.percentiles import write_distributions
from experiments.runner.results.summary import show


def print_table(
    results: Path, console: Console, against: Path | None = None
) -> tuple[Outcome, Analysis]:
    """Findings, warnings and table of a results folder, and what they were made of."""
    outcome = weigh_results(results)
    analysis = analyse(outcome, manifest.read(results), against)
    show(analysis, console)
    return outcome, analysis


def derive_and_report(
    results: Path, console: Console, against: Path | None = None, draw: bool = True
) -> None:
    """Prints the table, derives and, with `draw`, makes figures and page.

    Needs no server and no build; the same folder gives the same files.
    """
    outcome, analysis = print_table(results, console, against)
    folder = write_derived(analysis, results)
    write_distributions(distributions(outcome), folder / "hgrm")
    if draw and analysis.cells:
        from plots.report.html import write_report

        with console.status("drawing figures"):
            page = write_report(results)
        console.print(f"report: {page}", soft_wrap=True)
