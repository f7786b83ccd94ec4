"""Which lines of a report are believed, and when a report is suspicious."""

import json

import pytest

from experiments.runner.labs.grading import ground
from experiments.runner.labs.grading.ground import SealedGround
from experiments.runner.labs.grading.seal import canary, genuine, siphash

KEY = bytes(range(16))


def test_the_keyed_hash_is_that_of_its_paper() -> None:
    assert siphash(KEY, bytes(range(15))) == 0xA129CA6149BE45E5
    assert siphash(KEY, b"") == 0x726FDB47DD0E0E31


def sealed(*lines: str, first: int = 0) -> str:
    numbered = enumerate(lines, first)
    return "".join(f"{line}\t{siphash(KEY, f'{n}:{line}'.encode()):016x}\n" for n, line in numbered)


def test_lines_count_only_with_their_seal_and_in_their_place() -> None:
    assert list(genuine(sealed("a", "b"), KEY)) == ["a", "b"]
    assert list(genuine(sealed("a") + "b\n" + sealed("c", first=1), KEY)) == ["a", None, "c"]
    assert list(genuine(sealed("a") + sealed("a"), KEY)) == ["a", None]
    assert list(genuine(sealed("a", first=1), KEY)) == [None]
    assert list(genuine(sealed("a") + "half a line", KEY)) == ["a"]
    assert list(genuine(sealed("a"), bytes(16))) == [None]


def event(kind: str, test: str = "One.A", **more: object) -> str:
    return json.dumps({"event": kind, "test": test, "seed": 1, **more})


CANARY = canary(KEY, "One")
SUNG = (event("start", CANARY), event("end", CANARY, passed=False))
RAN = (event("start"), event("end", passed=True))
FINISHED = json.dumps({"event": "finished"})


@pytest.mark.parametrize(
    ("lines", "status", "suspicions"),
    [
        ((*RAN, *SUNG, FINISHED), 1, []),
        ((event("start"), event("crash")), 1, []),
        ((event("start"),), 0, []),
        ((), -6, []),
        ((), 0, [ground.LEFT_EARLY]),
        ((*RAN,), 0, [ground.LEFT_EARLY]),
        ((*RAN, FINISHED), 0, [ground.LEFT_OUT]),
        ((*RAN, event("end", CANARY, passed=True), FINISHED), 0, [ground.LET_PASS]),
    ],
)
def test_a_report_is_looked_at(lines: tuple[str, ...], status: int, suspicions: list[str]) -> None:
    place = SealedGround(None, ("One",))
    place.key = KEY
    events = place.events(sealed(*lines), status)
    assert place.suspicions == suspicions
    assert all(one.get("test") != CANARY for one in events)
