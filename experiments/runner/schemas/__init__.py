"""The formats of iolab's files as JSON Schemas, and what in a value breaks one."""

import difflib
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """The schema `name`: experiment, plan, manifest, slices, analysis or trace."""
    return json.loads((FOLDER / f"{name}.schema.json").read_text())


def violations(value: object, schema: dict[str, Any]) -> list[str]:
    """What in `value` breaks the schema, each with its place. Empty when all is well."""
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema).iter_errors(value)
    return [f"{_place(error)}{_complaint(error)}" for error in errors]


def _place(error: Any) -> str:
    """`cells[0].connections: `, or nothing for the value as a whole."""
    place = error.json_path.removeprefix("$").removeprefix(".")
    return f"{place}: " if place else ""


def _complaint(error: Any) -> str:
    """The library's words. A key is easily misspelt: then also which keys there are."""
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return f"'{missing}' is missing"
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = list(error.schema.get("properties", {}))
        unknown = next(key for key in error.instance if key not in known)
        return f"unknown key '{unknown}'; {_hint(unknown, known)}"
    return error.message


def _hint(unknown: str, known: list[str]) -> str:
    if close := difflib.get_close_matches(unknown, known, 1):
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(known)}"
