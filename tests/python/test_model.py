"""The typed analysis: the same names in model and schema, files that become objects again."""

import dataclasses
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from experiments.runner.results import model
from experiments.runner.schemas import load
from experiments.runner.typed_json import Malformed, from_json, read_object, to_text

SCHEMA = load("analysis")
DEFINED = SCHEMA["$defs"]
PARTS = SCHEMA["properties"]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (model.Analysis, SCHEMA),
        (model.ContestantFacts, PARTS["contestants"]["items"]),
        (model.Warning, PARTS["warnings"]["items"]),
        (model.Finding, PARTS["findings"]["items"]),
        (model.MeasuredCell, PARTS["cells"]["items"]),
        (model.Result, DEFINED["result"]),
        (model.Estimate, DEFINED["estimate"]),
        (model.Percentiles, DEFINED["percentiles"]),
        (model.Ratio, DEFINED["ratio"]),
        (model.Series, DEFINED["result"]["properties"]["series"]),
        (model.Spectrum, DEFINED["result"]["properties"]["spectrum"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_model_and_the_schema_name_the_same(kind: type, part: dict) -> None:
    assert {field.name for field in dataclasses.fields(kind)} == set(part["properties"])


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (model.Flag, PARTS["warnings"]["items"]["properties"]["flag"]),
        (model.FindingKind, PARTS["findings"]["items"]["properties"]["kind"]),
        (model.Verdict, DEFINED["ratio"]["properties"]["verdict"]),
    ],
)
def test_the_model_and_the_schema_know_the_same_words(kind: type[StrEnum], part: dict) -> None:
    assert {str(each) for each in kind} == set(part["enum"])


def test_a_warning_says_what_it_is_about() -> None:
    noisy = model.Warning(model.Flag.NOISY, "cell", "a", "steal 2 %", "it was")
    assert noisy.sentence == "a, cell: it was"
    assert dataclasses.replace(noisy, contestant=None).sentence == "cell: it was"
    assert dataclasses.replace(noisy, cell=None).sentence == "it was"


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    value: float | None
    pair: tuple[int, str] = (1, "x")


@dataclass(frozen=True)
class Outer:
    name: str
    colour: Colour
    many: tuple[Inner, ...]
    by_name: dict[str, int]
    share: float = 0.5


GOOD = {"name": "n", "colour": "red", "many": [{"value": 1}], "by_name": {"a": 1}}


def test_an_object_survives_its_file(tmp_path: Path) -> None:
    outer = Outer("n", Colour.RED, (Inner(1.5), Inner(None, (2, "y"))), {"a": 1}, 0.25)
    (tmp_path / "file").write_text(to_text(outer))
    assert from_json(Outer, read_object(tmp_path / "file")) == outer


def test_defaults_and_strangers() -> None:
    found = from_json(Outer, {**GOOD, "stranger": 7})
    assert found == Outer("n", Colour.RED, (Inner(1.0),), {"a": 1})
    assert isinstance(found.many[0].value, float)


@pytest.mark.parametrize("value", [math.nan, math.inf, None])
def test_a_number_that_is_none_is_missing(value: float | None) -> None:
    assert from_json(Inner, {"value": value}).value is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 3}, "name: int is not str"),
        ({"colour": "blue"}, "colour: 'blue' is none of red"),
        ({"many": [{}]}, "many[0] lacks the key 'value'"),
        ({"many": [{"value": 1}, {"value": "x"}]}, "many[1].value: str is not float"),
        ({"many": [{"value": 1, "pair": [1]}]}, "many[0].pair has 1 items, not 2"),
        ({"many": 5}, "many: int is not list"),
        ({"by_name": {"a": True}}, "by_name.a: bool is not int"),
        ({"share": math.nan}, "share is not a finite number"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(changes: dict, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        from_json(Outer, {**GOOD, **changes})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "analysis.json: is not JSON"),
        ("[]", "analysis.json: holds no JSON object"),
        ('{"schema": 1}', "has schema 1, this version reads 3; ./iolab report"),
        (json.dumps({"schema": model.SCHEMA}), "analysis.json: it lacks the key 'experiment'"),
    ],
)
def test_an_analysis_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "derived").mkdir()
    (tmp_path / model.FILE).write_text(text)
    with pytest.raises(Malformed) as caught:
        model.read_analysis(tmp_path)
    assert message in str(caught.value) and "\n" not in str(caught.value)
