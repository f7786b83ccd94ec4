"""Parts of a drawing that have a name of their own: a sentence, and in a page a link.

What is drawn with `set_gid(ITEM + name)` is an item. A screen reader reads its sentence, a mouse
that rests on it shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from plots.drawing.svg import ITEM

__all__ = ["ITEM", "Item", "linked", "titled"]

_ITEM = re.compile(rf'<g id="({ITEM}[^"]*)">(.*?)</g>', re.DOTALL)


@dataclass(frozen=True)
class Item:
    """What a part is, in a sentence, and where a reader learns more (an address, or nothing)."""

    sentence: str
    address: str = ""


def titled(svg: str, items: dict[str, Item]) -> str:
    """The drawing as a file: every item, by its identity, has its sentence as title."""

    def title(found: re.Match[str]) -> str:
        item = items.get(found[1])
        return f"<g>{_title(item)}{found[2]}</g>" if item else found[2]

    return _ITEM.sub(title, svg)


def linked(svg: str, items: dict[str, Item], prefix: str) -> str:
    """The drawing as a part of a page, whose items can be reached with the keyboard.

    `prefix` makes their identities unique in the page. The element is a group then, no image: an
    image hides its parts from screen readers.
    """

    def link(found: re.Match[str]) -> str:
        item = items.get(found[1])
        if item is None:
            return found[2]
        about = f'id="{prefix}{found[1]}" aria-label={quoteattr(item.sentence)}'
        if item.address:
            return f"<a {about} href={quoteattr(item.address)}>{_title(item)}{found[2]}</a>"
        return f'<g {about} role="img" tabindex="0">{_title(item)}{found[2]}</g>'

    return _ITEM.sub(link, svg).replace(' role="img" ', ' role="group" ', 1)


def _title(item: Item) -> str:
    return f"<title>{escape(item.sentence)}</title>"
