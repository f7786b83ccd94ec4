"""The manifest and the plan as lines of text, whatever keys they hold."""

from __future__ import annotations

from typing import Any

FIRST = ("command", "git", "build", "machine", "affinity", "limits")
ELSEWHERE = ("schema", "servers", "contestants")
"""Keys that the report shows in another place, or not."""
ONLY_IF_ANY = ("resumed_differently",)
"""Keys that say something only when there is something in them."""


def facts(value: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, [(name, text)]) for every top-level key, the best known first.

    A nested object gives one line per member with dotted names; a plain value has an empty name.
    """
    others = [key for key in value if key not in FIRST + ELSEWHERE]
    keys = [key for key in FIRST if key in value] + others
    keys = [key for key in keys if value[key] or key not in ONLY_IF_ANY]
    return [(_words(key), _lines("", value[key])) for key in keys]


def _lines(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        inner = [
            line
            for key, each in value.items()
            for line in _lines(f"{name}.{key}" if name else str(key), each)
        ]
        return inner or [(name, "none")]
    return [(name.replace("_", " "), _text(value))]


def _text(value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        if any(isinstance(each, (dict, list)) for each in value):
            return "; ".join(_text(each) for each in value) or "none"
        return " ".join(str(each) for each in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    return str(value)


def _words(key: str) -> str:
    return {"cpu": "CPU", "git": "git"}.get(key, key.replace("_", " "))
