"""Which cells the options of ./iolab compare ask for."""

from pathlib import Path

from fakes import make_programs

from experiments.runner import cli
from experiments.runner.plan.compare_options import experiment_from
from experiments.runner.plan.plan import LADDER_SHARE, LOAD_SHARE, MAIN_SHARE, TAIL_SHARE, Cell
from experiments.runner.plan.roster import read_roster


def cells(folder: Path, *words: str) -> tuple[Cell, ...]:
    return experiment_from(cli.parse(["compare", *words]), read_roster(make_programs(folder))).cells


def test_idle_connections_are_in_every_cell(tmp_path: Path) -> None:
    found = cells(tmp_path, "--idle", "4000", "--rates", "20000", "--connections", "10,100")
    assert [(cell.id, cell.idle) for cell in found] == [
        ("echo-c10-d1-i4000", 4000),
        ("echo-c100-d1-i4000", 4000),
        ("echo-c100-r20000-i4000", 4000),
        ("framed-c100-d1-i4000", 4000),
        ("framed-c100-d16-i4000", 4000),
    ]
    assert [cell.id for cell in found if cell.share == MAIN_SHARE] == ["echo-c100-d1-i4000"]


def test_without_the_option_there_are_none(tmp_path: Path) -> None:
    assert {(cell.idle, "-i" in cell.id) for cell in cells(tmp_path)} == {(0, False)}


def offered(folder: Path, *words: str) -> dict[str, int]:
    """The cells that are no closed loops, with their shares of the time."""
    return {cell.id: cell.share for cell in cells(folder, *words) if cell.mode != "closed"}


def test_loads_are_shares_of_a_capacity_and_one_is_the_headline(tmp_path: Path) -> None:
    assert offered(tmp_path, "--quick") == {
        "echo-c100-u70": TAIL_SHARE,
        "echo-c100-breaking": 0,
        "echo-c100-r40000": LADDER_SHARE,
    }


def test_the_one_of_70_is_the_headline_or_else_the_first(tmp_path: Path) -> None:
    rest = {"echo-c100-u50": LOAD_SHARE, "echo-c100-breaking": 0}
    assert offered(tmp_path / "a", "--loads", "50,70") == {**rest, "echo-c100-u70": TAIL_SHARE}
    assert offered(tmp_path / "b", "--loads", "40,50") == {**rest, "echo-c100-u40": TAIL_SHARE}


def test_who_asks_for_one_kind_of_load_gets_no_other(tmp_path: Path) -> None:
    assert offered(tmp_path / "a", "--rates", "20000") == {"echo-c100-r20000": LADDER_SHARE}
    assert list(offered(tmp_path / "b", "--loads", "70")) == ["echo-c100-u70", "echo-c100-breaking"]
    assert offered(tmp_path / "c", "--rates", "0") == {}
    assert offered(tmp_path / "d", "--rates", "0", "--loads", "0") == {}
