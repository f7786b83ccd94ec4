"""The picture of one traced conversation as a figure: drawing, table and words."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.runner.trace.model import Head, Trace
from experiments.runner.trace.observed import observe
from plots.drawing.figure import Figure, Table
from plots.drawing.items import ITEM
from plots.drawing.page import KeyItem, Layout, Page
from plots.drawing.theme import PATTERN_WORDS
from plots.trace.buffers import bars
from plots.trace.colours import actors
from plots.trace.draw import draw
from plots.trace.layout import lay_out
from plots.trace.scene import Scene, scene
from plots.trace.sentences import sentence

HEAD = f"{ITEM}head"
"""The identity of what stands above the lanes; a page says it itself."""
LEAST_WIDTH = 10.5
KEY = (
    ("call", "the application receives or sends itself"),
    ("other", "another system call"),
    ("user", "its own code"),
    ("handler", "its handler"),
    ("kernel", "the kernel receives or sends for it"),
    ("network", "network stack"),
    ("client", "client"),
)


@dataclass(frozen=True)
class Picture:
    """A figure with the paper it needs; its lanes are `height` inches of it, below the head."""

    figure: Figure
    layout: Layout
    height: float


def picture(trace: Trace) -> Picture:
    """The picture of a trace: a longer conversation is a wider one."""
    drawn = scene(trace)
    size = lay_out(drawn, bars(trace, drawn.scale))
    figure = Figure(
        name=trace.head.server,
        title=title(trace.head),
        reading=lesson(trace),
        alt=alt(trace),
        table=Table(
            ("step", "at_ns", "lasts_ns", "lane", "kind", "name", "sentence"),
            tuple(
                (number, one.at_ns, one.lasts_ns, one.lane, one.kind, one.name, sentence(one))
                for number, one in drawn.numbered
            ),
        ),
        draw=lambda page: _draw(page, drawn),
    )
    return Picture(figure, Layout("trace", max(size.width, LEAST_WIDTH), 2), size.height)


def title(head: Head) -> str:
    """Such as `reactor-epoll (Reactor): one request`."""
    pattern = PATTERN_WORDS.get(head.pattern or "foreign", head.pattern or "")
    return f"{head.server} ({pattern}): {head.title}"


def lesson(trace: Trace) -> str:
    """Who performs the receive and what the handler is told, in one sentence, as observed."""
    seen = observe(trace)
    if seen.receives is None:
        return "Who performs the receive cannot be told from this trace."
    by = "The application performs the receive itself"
    if seen.receives == "kernel":
        by = "The kernel performs the receive for the application"
    if not trace.of("server", "handler"):
        after = " after its waiting call has returned" if seen.touched == "after dispatch" else ""
        if seen.demultiplexer is None:
            after = " in a call that waits for the data"
        return f"{by}{after}. Calls of its handlers are not recorded."
    when = {
        ("application", "after dispatch"): (
            ", in its handler, which was called because the socket is ready."
        ),
        ("application", "before dispatch"): (
            ", but before its handler, which is called because the receive is complete."
        ),
        ("kernel", "before dispatch"): (
            "; the handler is called afterwards, because the receive is complete."
        ),
    }
    return by + when.get((seen.receives, seen.touched or ""), ".")


def alt(trace: Trace) -> str:
    """What the picture shows, for those who cannot see it."""
    seen = observe(trace)
    by = {"application": "the application itself", "kernel": "the kernel", None: "somebody unseen"}
    calls = ", ".join(f"{count:g} {name}" for name, count in seen.calls.items())
    touched = f" The buffer is touched {seen.touched}." if seen.touched else ""
    return (
        f"Timeline of {trace.head.title} in {trace.head.server}: {by[seen.receives]} receives, "
        f"{by[seen.sends]} sends.{touched} System calls per message: {calls or 'none'}."
    )


def _draw(page: Page, drawn: Scene) -> None:
    page.heading(lesson(drawn.trace), size=9.5)
    colours = actors(page.theme)
    page.key([_key_item(colours, role, words) for role, words in KEY])
    if drawn.left_out:
        page.note(f"The beginning only: {drawn.left_out} more steps are in trace.jsonl.")
    draw(page, drawn)
    for artist in (*page.canvas.texts, *page.canvas.artists, *page.canvas.lines):
        artist.set_gid(HEAD)


def _key_item(colours: dict[str, str], role: str, words: str) -> KeyItem:
    hollow = role == "other"
    return KeyItem(words, colours["call" if hollow else role], marker="s", hollow=hollow)
