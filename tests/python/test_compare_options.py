"""Which cells the options of ./iolab compare ask for."""

from pathlib import Path

from fakes import make_programs

from experiments.runner import cli
from experiments.runner.plan.compare_options import experiment_from
from experiments.runner.plan.plan import MAIN_SHARE, Cell
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
