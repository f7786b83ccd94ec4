"""Parts of a drawing that have a name of their own: a sentence, and in a page a link.

What is drawn with `set_gid(ITEM + name)` is an item. A screen reader reads its sentence, a mouse
that rests on it shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable
from xml.sax.saxutils import escape, quoteattr

from plots.drawing.svg import ITEM

__all__ = ["ITEM", "Item", "gathered", "linked", "titled", "without"]

_START = re.compile(rf'<g id="({ITEM}[^"]*)">')
_TAG = re.compile(r"<g[ >]|</g>")


@dataclass(frozen=True)
class Item:
    """What a part is, in a sentence, and where a reader learns more (an address, or nothing)."""

    sentence: str
    address: str = ""


def titled(svg: str, items: dict[str, Item]) -> str:
    """The drawing as a file: every item, by its identity, has its sentence as title."""

    def title(name: str, inner: str) -> str:
        item = items.get(name)
        return f"<g>{_title(item)}{inner}</g>" if item else inner

    return _replaced(svg, title)


def without(svg: str, name: str) -> str:
    """The drawing without the groups called `name`."""
    return _replaced(svg, lambda found, inner: "" if found == name else _group(found, inner))


def gathered(svg: str, name: str, identity: str) -> str:
    """All groups called `name` as one, last in the drawing, with an identity of the page."""
    parts: list[str] = []

    def take(found: str, inner: str) -> str:
        if found != name:
            return _group(found, inner)
        parts.append(inner)
        return ""

    before, end, after = _replaced(svg, take).rpartition("</svg>")
    return f'{before}<g id="{identity}">{"".join(parts)}</g>{end}{after}'


def linked(svg: str, items: dict[str, Item], prefix: str) -> str:
    """The drawing as a part of a page, whose items can be reached with the keyboard.

    `prefix` makes their identities unique in the page. The element is a group then, no image: an
    image hides its parts from screen readers.
    """

    def link(name: str, inner: str) -> str:
        item = items.get(name)
        if item is None:
            return inner
        about = f'id="{prefix}{name}" aria-label={quoteattr(item.sentence)}'
        if item.address:
            return f"<a {about} href={quoteattr(item.address)}>{_title(item)}{inner}</a>"
        return f'<g {about} role="img" tabindex="0">{_title(item)}{inner}</g>'

    return _replaced(svg.replace(' role="img" ', ' role="group" ', 1), link)


def _replaced(svg: str, replace: Callable[[str, str], str]) -> str:
    """Each item, given by name and content, replaced; items do not lie in one another."""
    parts, at = [], 0
    while start := _START.search(svg, at):
        depth, end = 1, start.end()
        while depth:
            tag = _TAG.search(svg, end)
            if tag is None:
                raise ValueError(f"the group {start[1]} is not closed")
            depth += -1 if tag[0] == "</g>" else 1
            end = tag.end()
        parts += [svg[at : start.start()], replace(start[1], svg[start.end() : end - len("</g>")])]
        at = end
    return "".join(parts) + svg[at:]


def _group(name: str, inner: str) -> str:
    return f'<g id="{name}">{inner}</g>'


def _title(item: Item) -> str:
    return f"<title>{escape(item.sentence)}</title>"
