"""Writes a picture of every trace, and one page with all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from experiments.runner.trace.model import Step, Trace
from plots.drawing.inline import font_faces
from plots.drawing.items import Item, gathered, linked, titled, without
from plots.drawing.svg import cropped
from plots.drawing.theme import DARK, LIGHT, PATTERN_WORDS
from plots.report.figure_files import write
from plots.trace.buffers import bars
from plots.trace.colours import recolouring, variables
from plots.trace.draw import NAMES, bar_item
from plots.trace.facts import COLUMNS, facts, microseconds
from plots.trace.layout import LEFT
from plots.trace.pen import TORN
from plots.trace.picture import HEAD, KEY, picture
from plots.trace.scene import scene
from plots.trace.sentences import sentence, who
from plots.trace.sources import Excerpt, excerpts
from plots.trace.steps import item_of

TEMPLATES = (
    Path(__file__).with_name("templates"),
    Path(__file__).parents[1] / "report" / "templates",
)


@dataclass(frozen=True)
class Told:
    """A step in words; `source` is the identity of its excerpt in the page, if it has one."""

    number: int
    identity: str
    at: str
    lasts: str
    who: str
    lane: str
    sentence: str
    place: str
    source: str


@dataclass(frozen=True)
class Shown:
    """One server as the template needs it; of the drawing `top` points are cut off."""

    identity: str
    trace: Trace
    title: str
    lesson: str
    drawing: Markup
    top: float
    height: float
    left_out: int
    steps: tuple[Told, ...]
    excerpts: tuple[tuple[str, Excerpt], ...]


def write_pictures(folder: Path, traces: Sequence[Trace]) -> Path:
    """Writes SERVER/picture.svg and .png in `folder`, and trace.html, whose path it returns.

    Same traces, same bytes. Raises OSError, one line, when something cannot be written.
    """
    shown = [_shown(place, trace, folder) for place, trace in enumerate(traces)]
    return write(folder / "trace.html", page(shown).encode())


def page(shown: Sequence[Shown]) -> str:
    """The text of trace.html."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    heads = [one.trace.head for one in shown]
    return environment.get_template("trace.html.j2").render(
        head=heads[0],
        missing=sorted({head.missing for head in heads if head.missing}),
        missed=[head.server for head in heads if head.missed],
        columns=COLUMNS,
        rows=[facts(one.trace) for one in shown],
        shown=shown,
        patterns=PATTERN_WORDS,
        light=LIGHT,
        dark=DARK,
        colours=[(name, *pair) for name, pair in variables().items()],
        key=KEY,
        left=(LEFT - TORN * 2) * 72,
        fonts=Markup(font_faces([str(one.drawing) for one in shown])),
    )


def _shown(place: int, trace: Trace, folder: Path) -> Shown:
    identity = f"s{place + 1}"
    found = [
        (f"{identity}-source-{number}", one) for number, one in enumerate(excerpts(trace.steps), 1)
    ]
    sources = {one.place: name for name, one in found}
    several = max((step.thread for step in trace.steps), default=1)
    steps = tuple(
        _told(number, step, identity, sources, several)
        for number, step in enumerate(trace.steps, 1)
    )
    items = _items(trace, steps)
    made = picture(trace)
    drawn = made.figure.page(LIGHT, made.layout)
    files = made.figure.drawing(drawn)
    write(folder / trace.head.server / "picture.svg", titled(files.svg, items).encode())
    write(folder / trace.head.server / "picture.png", files.png)
    inline = without(made.figure.inline(identity, drawn, recolouring()), HEAD)
    inline = gathered(inline, NAMES, f"{identity}-names")
    top = (drawn.canvas.get_figheight() - made.height) * 72
    return Shown(
        identity=identity,
        trace=trace,
        title=made.figure.title,
        lesson=made.figure.reading,
        drawing=Markup(linked(cropped(inline, top), items, f"{identity}-")),
        top=top,
        height=made.height * 72,
        left_out=scene(trace).left_out,
        steps=steps,
        excerpts=tuple(found),
    )


def _told(number: int, step: Step, identity: str, sources: dict[str, str], threads: int) -> Told:
    source = sources.get(step.source or "", "")
    return Told(
        number=number,
        identity=f"{identity}-step-{number}",
        at=f"{step.at_ns / 1000:,.1f}",
        lasts="" if step.lasts_ns is None else microseconds(step.lasts_ns),
        who=who(step, threads),
        lane=_kind(step),
        sentence=sentence(step),
        place=step.source or "",
        source=source,
    )


def _kind(step: Step) -> str:
    """Whose colour a step has in the list."""
    if step.lane != "server":
        return step.lane
    return step.kind if step.kind in ("handler", "user") else "call"


def _items(trace: Trace, steps: tuple[Told, ...]) -> dict[str, Item]:
    """What every box says, and where it leads: to the source line, else to its step."""
    items = {
        item_of(one.number): Item(f"{one.number}. {one.sentence}", f"#{one.source or one.identity}")
        for one in steps
    }
    for place, bar in enumerate(bars(trace, scene(trace).scale)):
        for number, segment in enumerate(bar.segments):
            items[bar_item(place, number)] = Item(segment.sentence)
    return items
