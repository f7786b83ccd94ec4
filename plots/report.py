"""Writes report.html, the figures and their CSV from a results folder; runs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from plots.embed import raw, shown
from plots.figures import cost_ratios
from plots.files import Drawn, draw_all, variable_names, write, write_figures
from plots.inline import font_faces
from plots.load import read_analysis, read_json
from plots.model import Analysis, Server
from plots.provenance import facts
from plots.tables import summary
from plots.theme import DARK, LIGHT, PATTERN_WORDS, recolouring
from plots.words import FLAGS, METHOD, PERCENTILE_RULE

TEMPLATES = Path(__file__).with_name("templates")


def write_report(results_dir: Path) -> Path:
    """Draws everything again from `derived/analysis.json` and returns the path of report.html.

    Same input, same bytes. Raises ReportError, one line, when the folder cannot be read or written.
    """
    results_dir = Path(results_dir)
    analysis = read_analysis(results_dir)
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
        headline=[shown(each) for each in drawn if each.figure.name == cost_ratios.NAME],
        figures=[shown(each) for each in drawn if each.figure.name != cost_ratios.NAME],
        summary=summary(analysis),
        warnings=grouped_warnings(analysis),
        flag_words=FLAGS,
        unavailable=unavailable(analysis),
        method=[sentence.format(margins=_margins(analysis)) for sentence in METHOD],
        percentile_rule=PERCENTILE_RULE,
        provenance=facts(_optional(results_dir / "manifest.json")),
        plan=facts(_optional(results_dir / "plan.json")),
        raw=raw(results_dir / "slices.jsonl"),
        folder=f"results/{results_dir.name}" if results_dir.parent.name == "results" else str(results_dir),
        patterns=PATTERN_WORDS,
        light=LIGHT,
        dark=DARK,
        colours=_colours(analysis),
        fonts=Markup(font_faces([part for each in drawn for part in each.inline])),
        kibibytes=lambda count: f"{max(1, round(count / 1024))} KiB",
    )


def grouped_warnings(analysis: Analysis) -> dict[str, list[dict[str, str]]]:
    """Warnings by flag, in the order of the analysis; `where` names server and workload."""
    labels = {cell.id: analysis.label(cell) for cell in analysis.cells}
    groups: dict[str, list[dict[str, str]]] = {}
    for warning in analysis.warnings:
        named = [warning.server or "", warning.cell or ""]
        text = warning.text.removeprefix(", ".join(each for each in named if each) + ": ")
        where = ", ".join(each for each in (named[0], labels.get(named[1], named[1])) if each)
        if warning.server and text.startswith(warning.server):
            where = ""
        entry = {"text": text, "where": where, "figure": warning.figure or ""}
        groups.setdefault(warning.flag, []).append(entry)
    return groups


def unavailable(analysis: Analysis) -> list[Server]:
    """Servers that could not run here and that no warning speaks of."""
    told = {warning.server for warning in analysis.warnings if warning.flag == "UNAVAILABLE"}
    return [server for server in analysis.servers if not server.available and server.name not in told]


def _margins(analysis: Analysis) -> str:
    words = {"cost": "CPU per message", "rate": "rate", "p99": "p99"}
    return ", ".join(f"{share * 100:g} % for {words.get(name, name)}" for name, share in analysis.margins.items())


def _colours(analysis: Analysis) -> list[tuple[str, str, str]]:
    """(variable, colour in the light, colour in the dark) of everything the drawings contain."""
    pairs = recolouring(analysis, LIGHT, DARK)
    return [(name, *pair) for name, pair in zip(variable_names(pairs), pairs.items())]


def _optional(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}
