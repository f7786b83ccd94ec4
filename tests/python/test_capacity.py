"""Loads that are shares of what the reference can carry."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.runner.errors import Failure
from experiments.runner.measure import capacity
from experiments.runner.measure.servers import ContestantProgram
from experiments.runner.plan.plan import Cell, closed_cell, load_cell, open_cell, search_cell
from experiments.runner.plan.roster import read_roster
from experiments.runner.system.affinity import Placement
from experiments.runner.units import three_digits
from fakes import make_programs

NOWHERE = Placement((), ())


@pytest.mark.parametrize(
    ("rate", "rounded"),
    [(123_456.7, 123_000), (98_765, 98_800), (7.126, 7), (0.2, 1), (999.9, 1000)],
)
def test_a_rate_has_three_digits(rate: float, rounded: int) -> None:
    assert three_digits(rate) == rounded


@contextmanager
def up(*_: object) -> Iterator[dict]:
    yield {}


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of all searches, each of which finds 100,000/s; no server is started."""
    found: list[list[str]] = []

    def search(words: list[str], _: Placement) -> float:
        found.append(words)
        return 100_000.0

    monkeypatch.setattr(capacity, "running", up)
    monkeypatch.setattr(capacity, "_search", search)
    return found


def filled(*cells: Cell) -> dict[str, int | None]:
    program = ContestantProgram("a", None)  # type: ignore[arg-type]
    given = capacity.with_rates(cells, program, Path("loadgen"), NOWHERE, 1, "", 7)
    return {cell.id: cell.rate_per_s for cell in given}


def test_each_load_is_its_share_of_one_capacity(searches: list[list[str]]) -> None:
    workload = ("echo", 100, 68)
    cells = [load_cell(*workload, 30), load_cell(*workload, 85), search_cell(*workload)]
    assert filled(closed_cell("echo", 100, 1, 68), open_cell(*workload, 20_000), *cells) == {
        "echo-c100-d1": None,
        "echo-c100-r20000": 20_000,
        "echo-c100-u30": 30_000,
        "echo-c100-u85": 85_000,
        "echo-c100-breaking": 100_000,
    }
    words, *near = searches
    assert words[:2] == ["loadgen", "search"] and "--between" not in words
    assert len(near) == capacity.SEARCHES
    for number, each in enumerate(near):
        assert each[each.index("--between") + 1] == "40000:180000"
        assert each[each.index("--seed") + 1] == str(8 + number)
    assert words[words.index("--slice") + 1] == "30ms"
    assert words[words.index("--slo") + 1] == "p99:1000us"
    assert words[words.index("--trials") + 1] == "20" and words[words.index("--seed") + 1] == "7"


def test_one_search_that_went_wrong_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([120_000.0, 9_000.0, 118_000.0, 131_000.0, 150_000.0])
    monkeypatch.setattr(capacity, "running", up)
    monkeypatch.setattr(capacity, "_search", lambda words, place: next(found))
    assert filled(search_cell("echo", 100, 68)) == {"echo-c100-breaking": 118_000}


def test_another_workload_has_a_capacity_of_its_own(searches: list[list[str]]) -> None:
    filled(load_cell("echo", 100, 68, 70), load_cell("echo", 10, 68, 70))
    filled(load_cell("echo", 100, 4096, 70))
    assert len(searches) == 3 * (1 + capacity.SEARCHES)


def test_without_such_loads_nothing_is_searched(searches: list[list[str]]) -> None:
    assert filled(open_cell("echo", 100, 68, 20_000)) == {"echo-c100-r20000": 20_000}
    assert searches == []


def with_fakes(folder: Path, behaviour: dict) -> tuple[Cell, ...]:
    programs = make_programs(folder, {"loadgen": behaviour})
    program = ContestantProgram("a", read_roster(programs).get("reactor-libevent"))
    loadgen = programs / "bin" / "loadgen"
    cells = [load_cell("echo", 100, 68, 50)]
    return capacity.with_rates(cells, program, loadgen, NOWHERE, 1, "", 7)


def test_the_generator_is_asked(tmp_path: Path) -> None:
    (cell,) = with_fakes(tmp_path, {"breaks_at": 90_123})
    assert cell.rate_per_s == pytest.approx(45_100, rel=0.1)
    assert cell.utilisation == 0.5


def test_a_search_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="wrong byte in reply 7"):
        with_fakes(tmp_path, {"wrong_byte": True})
