"""Writes report.html, the figures and their CSV from a results folder; runs no server."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from experiments.runner.results.model import Analysis, ContestantFacts, Flag, Quantity
from plots.drawing.inline import font_faces
from plots.drawing.text import cell_label
from plots.drawing.theme import DARK, LIGHT, PATTERN_WORDS, recolouring
from plots.figures import cost_ratios, load, tail_ratios
from plots.report.embed import raw, shown
from plots.report.figure_files import Drawn, draw_all, variable_names, write, write_figures
from plots.report.provenance import facts
from plots.report.reading import analysis_of, document
from plots.report.tables import summary
from plots.report.words import FLAGS, METHOD, PERCENTILE_RULE, two_tails

COST = (cost_ratios.NAME,)
TAIL = (tail_ratios.NAME, load.NAME)
"""The first answers, before the table: what a message costs, how late replies are, what breaks."""
TEMPLATES = Path(__file__).with_name("templates")


def write_report(results_dir: Path) -> Path:
    """Draws everything again from `derived/analysis.json` and returns the path of report.html.

    Same input, same bytes. Raises ReportError, one line, when the folder cannot be read or written.
    """
    results_dir = Path(results_dir)
    analysis = analysis_of(results_dir)
    drawn = draw_all(analysis)
    write_figures(results_dir, drawn)
    return write(results_dir / "report.html", page(results_dir, analysis, drawn).encode())


def page(results_dir: Path, analysis: Analysis, drawn: list[Drawn]) -> str:
    """The text of report.html."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        analysis=analysis,
        cost=[shown(each) for each in drawn if each.figure.name in COST],
        tail=[shown(each) for each in drawn if each.figure.name in TAIL],
        figures=[shown(each) for each in drawn if each.figure.name not in COST + TAIL],
        two_tails=two_tails(analysis),
        summary=summary(analysis),
        warnings=grouped_warnings(analysis),
        flag_words=FLAGS,
        unavailable=unavailable(analysis),
        method=[sentence.format(margins=_margins(analysis)) for sentence in METHOD],
        percentile_rule=PERCENTILE_RULE,
        provenance=facts(document(results_dir / "manifest.json")),
        plan=facts(document(results_dir / "plan.json")),
        raw=raw(results_dir / "slices.jsonl"),
        folder=_folder(results_dir),
        patterns=PATTERN_WORDS,
        light=LIGHT,
        dark=DARK,
        colours=_colours(analysis),
        fonts=Markup(font_faces([part for each in drawn for part in each.inline])),
        kibibytes=lambda count: f"{max(1, round(count / 1024))} KiB",
    )


def _folder(results_dir: Path) -> str:
    """How a reader in the repository calls the folder."""
    usual = results_dir.parent.name == "results"
    return f"results/{results_dir.name}" if usual else str(results_dir)


def grouped_warnings(analysis: Analysis) -> dict[str, list[dict[str, str]]]:
    """Warnings by flag, in the order of the analysis; `where` names server and workload."""
    labels = {cell.id: cell_label(analysis, cell) for cell in analysis.cells}
    groups: dict[str, list[dict[str, str]]] = {}
    for warning in analysis.warnings:
        about = (warning.contestant, labels.get(warning.cell, warning.cell)) if warning.cell else ()
        where = ", ".join(each for each in about if each)
        told = {"text": warning.text, "where": where, "figure": warning.figure}
        groups.setdefault(warning.flag, []).append(told)
    return groups


def unavailable(analysis: Analysis) -> list[ContestantFacts]:
    """Servers that could not run here and that no warning speaks of."""
    told = {one.contestant for one in analysis.warnings if one.flag is Flag.UNAVAILABLE}
    return [one for one in analysis.compared if not one.available and one.name not in told]


def _margins(analysis: Analysis) -> str:
    words = {Quantity.COST: "CPU per message"}
    told = [
        f"{100 * share:g} % for {words.get(name, name)}" for name, share in analysis.margins.items()
    ]
    return ", ".join(told)


def _colours(analysis: Analysis) -> list[tuple[str, str, str]]:
    """(variable, colour in the light, colour in the dark) of everything the drawings contain."""
    pairs = recolouring(analysis, LIGHT, DARK)
    return [(name, *pair) for name, pair in zip(variable_names(pairs), pairs.items())]
