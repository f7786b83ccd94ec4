"""Dataclasses as JSON and back: the one place where files become objects, and objects files.

A dataclass becomes an object with its fields as keys, in their order. Reading checks every value
against the field's type and names the place of the first that does not fit. A missing key is a
fault unless its field has a default; keys without a field are left out.
"""

import json
import math
import types
from dataclasses import MISSING, asdict, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Malformed(ValueError):
    """A JSON value is not what its type asks for; the text is one line that names the place."""


def to_text(value: object) -> str:
    """A dataclass as JSON text, readable, with a newline at its end."""
    return json.dumps(asdict(value), indent=1) + "\n"  # type: ignore[call-overload]


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises OSError, or Malformed when there is none in it."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Malformed(f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed("holds no JSON object")
    return value


def from_json(kind: type[T], value: object, place: str = "") -> T:
    """`value` as a `kind`: a dataclass, a plain type, or a tuple, list, dict or union of such.

    A number that is not finite counts as missing: None where the type allows it. Raises Malformed.
    """
    return _read(kind, value, place)


def _read(kind: Any, value: Any, place: str) -> Any:
    if kind is Any:
        return value
    if is_dataclass(kind):
        return _read_dataclass(kind, value, place)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_optional(kind, value, place)
    if origin is Literal:
        return _read_literal(kind, value, place)
    if origin in (tuple, list):
        return origin(_read_items(kind, value, place))
    if origin is dict:
        _, inner = get_args(kind)
        pairs = _as(dict, value, place).items()
        return {key: _read(inner, each, f"{place}.{key}") for key, each in pairs}
    if issubclass(kind, Enum):
        return _read_enum(kind, value, place)
    return _read_plain(kind, value, place)


@cache
def _fields(kind: type) -> list[tuple[str, Any, bool]]:
    """(name, type, may be missing) of every field."""
    hints = get_type_hints(kind)
    return [
        (f.name, hints[f.name], f.default is not MISSING or f.default_factory is not MISSING)
        for f in fields(kind)
    ]


def _read_dataclass(kind: type, value: Any, place: str) -> Any:
    found = _as(dict, value, place)
    arguments = {}
    for name, hint, optional in _fields(kind):
        if name in found:
            arguments[name] = _read(hint, found[name], f"{place}.{name}" if place else name)
        elif not optional:
            raise Malformed(f"{place or 'it'} lacks the key '{name}'")
    return kind(**arguments)


def _read_optional(kind: Any, value: Any, place: str) -> Any:
    """The only unions there are: something or None."""
    (inner,) = (option for option in get_args(kind) if option is not type(None))
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return _read(inner, value, place)


def _read_items(kind: Any, value: Any, place: str) -> list[Any]:
    items, inner = _as(list, value, place), get_args(kind)
    repeated = len(inner) == 1 or inner[-1] is Ellipsis
    if not repeated and len(items) != len(inner):
        raise Malformed(f"{place} has {len(items)} items, not {len(inner)}")
    kinds = [inner[0]] * len(items) if repeated else inner
    return [_read(each, item, f"{place}[{n}]") for n, (each, item) in enumerate(zip(kinds, items))]


def _read_enum(kind: type[Enum], value: Any, place: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(each.value) for each in kind)
        raise Malformed(f"{place}: {value!r} is none of {known}") from None


def _read_literal(kind: Any, value: Any, place: str) -> Any:
    known = get_args(kind)
    if value not in known:
        raise Malformed(f"{place}: {value!r} is none of {', '.join(map(str, known))}")
    return value


def _read_plain(kind: type, value: Any, place: str) -> Any:
    if kind is float and isinstance(value, int):
        value = float(_as(int, value, place))
    if kind is float and not math.isfinite(_as(float, value, place)):
        raise Malformed(f"{place} is not a finite number")
    return _as(kind, value, place)


def _as(kind: type, value: Any, place: str) -> Any:
    """The value itself if it is of that kind; a truth value is no number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Malformed(f"{place or 'it'}: {type(value).__name__} is not {kind.__name__}")
    return value
