"""Makes matplotlib's SVG smaller, the picture the same, and names it for screen readers."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_COMMAND = re.compile(r"\s*([A-Za-z])\s*(?!=)")
_GROUP = re.compile(r"<g(?: [^>]*)?(?<!/)>\n?|</g>\n?")
ITEM = "item-"
"""An element of a drawing whose identity begins so keeps it; see items.py."""
_OTHER = re.compile(rf'<g id="(?!{ITEM})[^"]*"')
_SPACE = re.compile(r"([;:]) ")
_NOISE = re.compile(r"<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*|<!--.*?-->\s*", re.DOTALL)
_MARKERS = re.compile(r'<g( clip-path="[^"]*")?>\n((?:<use [^\n]*\n)+)</g>')
_SIZE = re.compile(r'height="[^"]*" viewBox="0 0 ([\d.]+) ([\d.]+)"')
_STYLE = re.compile(r' style="([^"]*)"')


def tidy(svg: str, title: str, description: str) -> str:
    """compact(), with a title and a description."""
    head, tag, rest = compact(svg).partition("<svg ")
    start, close, body = rest.partition(">")
    labels = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return f'{head}{tag}role="img" {start}{close}{labels}{body}'


def compact(svg: str) -> str:
    """One or two decimals, no metadata, short names, no idle groups, style said once per run.

    A twentieth of a point cannot be seen, and without this a drawing is twice as large.
    """
    svg = _NOISE.sub("", svg)
    svg = re.sub(r"\n\s+", "\n", svg)
    svg = _OTHER.sub("<g", svg)
    svg = svg.replace("DejaVuSans-Bold-", "b").replace("DejaVuSans-", "n")
    svg = _STYLE.sub(lambda style: _SPACE.sub(r"\1", style[0]), _MARKERS.sub(_hoisted, svg))
    svg = _unwrapped(svg)
    head, tag, rest = svg.partition("<svg ")
    start, close, body = rest.partition(">")
    body = re.sub(r' (?:d|x|y|points|transform)="[^"]*"', _rounded, body)
    return f"{head}{tag}{start}{close}{body}"


def recoloured(svg: str, colours: dict[str, str]) -> str:
    """The same picture with its colours (#rrggbb) replaced, all at once."""
    return re.sub(r"#[0-9a-f]{6}\b", lambda colour: colours.get(colour[0], colour[0]), svg)


def cropped(svg: str, top: float) -> str:
    """The drawing without its uppermost `top` points."""

    def crop(size: re.Match[str]) -> str:
        width, height = float(size[1]), float(size[2]) - top
        return f'height="{height:g}pt" viewBox="0 {top:g} {width:g} {height:g}"'

    return _SIZE.sub(crop, svg, 1)


def _rounded(attribute: re.Match[str]) -> str:
    text = _NUMBER.sub(lambda number: _short(float(number[0])), attribute[0])
    return _COMMAND.sub(r"\1", text).replace(' \n"', '"') if text.startswith(" d=") else text


def _short(value: float) -> str:
    # A scale such as the glyphs' 0.085 needs its digits; a position on the page does not.
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unwrapped(svg: str) -> str:
    """Without the groups that group nothing: a third of what matplotlib writes."""
    kept: list[bool] = []

    def keep(tag: re.Match[str]) -> str:
        if tag[0].startswith("</"):
            return tag[0] if kept.pop() else ""
        kept.append(tag[0].rstrip() != "<g>")
        return tag[0] if kept[-1] else ""

    return _GROUP.sub(keep, svg)


def _hoisted(group: re.Match[str]) -> str:
    clip, body = group[1] or "", group[2]
    styles = set(_STYLE.findall(body))
    if len(styles) != 1 or body.count(" style=") != body.count("<use "):
        return group[0]
    return f'<g{clip} style="{styles.pop()}">\n{_STYLE.sub("", body)}</g>'
