"""A drawing as part of a page: text as text, colours as the page's variables, nothing said twice.

Drawn into the page a figure follows the reader's theme, so that one drawing serves light and dark,
and all figures share one font: a fifth of the size of two pictures that each bring the outlines of
their letters.
"""

from __future__ import annotations

import base64
import io
import re
from xml.sax.saxutils import quoteattr

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib.font_manager import FontProperties, findfont

from plots.drawing.svg import compact, recoloured

FAMILY = "DejaVu Sans"
_SHELL = re.compile(r"<\?xml[^>]*>\s*|<defs>\s*<style.*?</style>\s*</defs>\s*", re.DOTALL)
_UNTURNED = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
_IDENTITY = re.compile(r"\b[mph][0-9a-f]{10}\b")
_LETTERS = re.compile(r">([^<>]+)<")


def inline(svg: str, layout: str, prefix: str, description: str, colours: dict[str, str]) -> str:
    """The svg element of `svg` for a page, with `layout` as its class.

    `prefix` makes its identities unique in the page. Each of `colours` (#rrggbb) becomes the
    variable named for it.
    """
    body = compact(_UNTURNED.sub("", _SHELL.sub("", svg)))
    body = body.replace(" xlink:href=", " href=")
    names: dict[str, str] = {}
    body = _IDENTITY.sub(lambda found: names.setdefault(found[0], f"{prefix}{len(names)}"), body)
    body = recoloured(body, {colour: f"var({name})" for colour, name in colours.items()})
    return body.strip().replace(
        "<svg ", f'<svg class="{layout}" role="img" aria-label={quoteattr(description)} ', 1
    )


def font_faces(drawings: list[str]) -> str:
    """Style rules with the font of the drawings, cut down to the letters they use."""
    letters = sorted(
        {letter for drawing in drawings for text in _LETTERS.findall(drawing) for letter in text}
    )
    rules = []
    for weight in (400, 700):
        address = base64.b64encode(_cut_down(weight, "".join(letters))).decode("ascii")
        rules.append(
            f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; '
            f'src: url(data:font/woff;base64,{address}) format("woff"); }}'
        )
    return "\n".join(rules)


def _cut_down(weight: int, letters: str) -> bytes:
    font = TTFont(findfont(FontProperties(family=FAMILY, weight=weight)), recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=["kern"])
    options.drop_tables += ["FFTM"]
    cutter = subset.Subsetter(options)
    cutter.populate(text=letters)
    cutter.subset(font)
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
