"""Checks JSON against the schemas in schemas/: the part of JSON Schema they use, no more.

Understood: type, enum, const, required, properties, additionalProperties (a schema for the
values of other keys, or false), items, minItems, anyOf, minimum, $ref to #/$defs/.
"""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "schemas"
_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}


def load(name: str) -> dict:
    """The schema `name`: experiment, plan, manifest, slices or analysis."""
    return json.loads((FOLDER / f"{name}.schema.json").read_text())


def violations(value: object, schema: dict) -> list[str]:
    """What in `value` breaks the schema, each with its place. Empty when all is well."""
    return list(_Checker(schema).check(value, schema, "$"))


class _Checker:
    def __init__(self, root: dict) -> None:
        self._definitions = root.get("$defs", {})

    def check(self, value: object, schema: dict, place: str):
        if "$ref" in schema:
            schema = self._definitions[schema["$ref"].removeprefix("#/$defs/")]
        yield from self._scalar(value, schema, place)
        if "anyOf" in schema and all(list(self.check(value, option, place)) for option in schema["anyOf"]):
            yield f"{place}: fits none of the alternatives"
        if isinstance(value, dict):
            yield from self._object(value, schema, place)
        if isinstance(value, list):
            yield from self._array(value, schema, place)

    def _scalar(self, value: object, schema: dict, place: str):
        wanted = schema.get("type")
        kinds = [wanted] if isinstance(wanted, str) else wanted
        if kinds and not any(_is(value, kind) for kind in kinds):
            yield f"{place}: {type(value).__name__} is not {' or '.join(kinds)}"
        if "const" in schema and value != schema["const"]:
            yield f"{place}: is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{place}: {value!r} is none of {schema['enum']}"
        if "minimum" in schema and _is(value, "number") and value < schema["minimum"]:
            yield f"{place}: {value} is below {schema['minimum']}"

    def _object(self, value: dict, schema: dict, place: str):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{place}: '{key}' is missing"
        others = schema.get("additionalProperties")
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key, others)
            if inner is False:
                yield f"{place}: '{key}' is unknown; known: {', '.join(schema.get('properties', {}))}"
            if isinstance(inner, dict):
                yield from self.check(item, inner, f"{place}.{key}")

    def _array(self, value: list, schema: dict, place: str):
        if len(value) < schema.get("minItems", 0):
            yield f"{place}: has {len(value)} items, not {schema['minItems']}"
        for number, item in enumerate(value):
            if "items" in schema:
                yield from self.check(item, schema["items"], f"{place}[{number}]")


def _is(value: object, kind: str) -> bool:
    """JSON's idea of a type: true is no number."""
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
