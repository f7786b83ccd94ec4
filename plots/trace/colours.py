"""Colours by who acts. What is not said by colour is said by the row, a label or a hatch, too."""

from __future__ import annotations

from plots.drawing.theme import DARK, LIGHT, Theme

# Two families: what the application does is blue (its own code pale, its system calls strong),
# what the kernel does for it is orange. Who is no part of the server is grey. The text on a strong
# colour has a name of its own, because it is the ink of neither theme.
_ACTORS = {
    LIGHT.name: {
        "client": "#6e7680",
        "network": "#4c545d",
        "kernel": "#b84a00",
        "call": "#0a4f9c",
        "other": "#dbe8f7",
        "user": "#a9c8ec",
        "handler": "#7a2f8f",
        "within": "#f3e8f7",
        "lent": "#f6cfae",
        "on_strong": "#fffffe",
    },
    DARK.name: {
        "client": "#8f98a3",
        "network": "#b4bcc6",
        "kernel": "#f28a45",
        "call": "#5a9cf0",
        "other": "#21354d",
        "user": "#33577f",
        "handler": "#cf8fe3",
        "within": "#2c2132",
        "lent": "#6b3c1a",
        "on_strong": "#0b0d0f",
    },
}
STRONG = ("client", "network", "kernel", "call", "handler")
"""On these a text has the colour `on_strong`, on the others that of ink."""
_BASE = ("paper", "ink", "muted", "grid", "band")


def actors(theme: Theme) -> dict[str, str]:
    """The colours (#rrggbb) by who acts."""
    return _ACTORS[theme.name]


def text_on(role: str, theme: Theme) -> str:
    """The colour of a text that lies on a box of this role."""
    return actors(theme)["on_strong"] if role in STRONG else theme.ink


def variables(prefix: str = "--") -> dict[str, tuple[str, str]]:
    """The page's variables: by name the colour in the light and in the dark."""
    pairs = {f"{prefix}{name}": (getattr(LIGHT, name), getattr(DARK, name)) for name in _BASE}
    light, dark = actors(LIGHT), actors(DARK)
    pairs.update({f"{prefix}{name}": (light[name], dark[name]) for name in light})
    return pairs


def recolouring() -> dict[str, str]:
    """Every colour of a light picture, and the variable that takes its place in a page."""
    return {light: name for name, (light, _) in variables().items()}
