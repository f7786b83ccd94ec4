"""The files of experiments/catalog and what is wrong with bad ones. Nothing is measured here."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT
from harness import iolab

from experiments.runner.errors import Failure
from experiments.runner.plan import catalog
from experiments.runner.plan.experiment import (
    Experiment,
    descriptors,
    make_plan,
    quickly,
    why_left_out,
)
from experiments.runner.plan.plan import (
    LEAST_ROUNDS,
    Contestant,
    closed_cell,
    measuring_s,
    with_idle,
)
from experiments.runner.schemas import load, violations
from experiments.runner.system import machine

FILES = sorted(catalog.FOLDER.glob("*.toml"))
GENERATOR_DESCRIPTORS = 20_000
GOOD = """
title = "T"
question = "Q?"
look_for = "L."
reference = "a"
seconds = 6
[contestants]
a = "reactor-libevent"
b = "reactor-libevent --read-size 1KiB"
[[cells]]
protocol = "echo"
connections = 10
"""


def known_servers() -> set[str]:
    texts = [
        file.read_text() for file in ROOT.glob("*/**/CMakeLists.txt") if "build" not in file.parts
    ]
    return {name for text in texts for name in re.findall(r"add_server\(NAME ([\w-]+)", text)}


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_catalog_can_be_planned(file: Path) -> None:
    experiment = catalog.find_experiment(file.stem)
    assert {one.server for one in experiment.contestants} <= known_servers()
    assert (
        experiment.title and experiment.question.endswith("?") and experiment.look_for.endswith(".")
    )
    plan = make_plan(experiment, "")
    assert (
        plan.control == f"{experiment.reference}#control"
        and plan.contestants[0].name == experiment.reference
    )
    assert len(plan.cells) == len(experiment.cells) and all(
        cell.rounds >= LEAST_ROUNDS for cell in plan.cells
    )
    assert measuring_s(plan) == pytest.approx(
        experiment.seconds, rel=0.2
    ), "the time stated is not the time it takes"
    most = max(descriptors(cell, len(plan.contestants)) for cell in plan.cells)
    assert most <= GENERATOR_DESCRIPTORS


def test_a_cell_may_have_idle_connections_and_its_id_tells_them(tmp_path: Path) -> None:
    text = GOOD + "idle = 5000\n[[cells]]\nprotocol = 'echo'\nconnections = 10\nrate = 9\n"
    busy, quiet = catalog.read_experiment(written(tmp_path, text)).cells
    assert (busy.id, busy.idle, busy.held) == ("echo-c10-d1-i5000", 5000, 5010)
    assert (quiet.id, quiet.idle, quiet.held) == ("echo-c10-r9", 0, 10)


def test_the_catalog_is_not_empty_and_is_listed() -> None:
    done = iolab("run")
    assert done.returncode == 0, done.stderr
    assert len(FILES) >= 5 and all(file.stem in done.stdout for file in FILES)
    assert "Coordinated omission" in done.stdout
    table = (catalog.FOLDER / "README.md").read_text()
    assert all(f"({file.name})" in table for file in FILES)


def test_quick_is_shorter_but_leaves_a_cell_its_slice() -> None:
    experiment = catalog.find_experiment("coordinated-omission")
    long, short = make_plan(experiment, ""), make_plan(quickly(experiment), "")
    assert short.quick and measuring_s(short) < measuring_s(long)
    assert [cell.slice_s for cell in short.cells] == [cell.slice_s for cell in long.cells] == [1, 4]


@pytest.mark.parametrize("seconds", ["6", '"6"', '"6s"', '"0.1m"'])
@pytest.mark.parametrize("size", ["4096", '"4096"', '"4KiB"'])
def test_times_and_sizes_are_understood_with_and_without_a_unit(
    tmp_path: Path, seconds: str, size: str
) -> None:
    text = GOOD.replace("seconds = 6", f"seconds = {seconds}", 1)
    text = text.replace("connections = 10", f"connections = 10\nsize = {size}", 1)
    experiment = catalog.read_experiment(Path(written(tmp_path, text)))
    assert experiment.seconds == pytest.approx(6) and experiment.cells[0].size == 4096


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[cells]]", "[[cells", "mine.toml: Expected"),
        ('title = "T"', "", "mine.toml: 'title' is missing"),
        (
            "seconds = 6",
            "secnds = 6\nseconds = 6",
            "mine.toml: unknown key 'secnds'; did you mean 'seconds'?",
        ),
        (
            "seconds = 6",
            "xyz = 6\nseconds = 6",
            "mine.toml: unknown key 'xyz'; known: title, question",
        ),
        ("seconds = 6", 'seconds = "6 days"', "mine.toml: '6 days' is no duration such as 50ms"),
        ("connections = 10", 'connections = 10\nsize = "4k"', "mine.toml: '4k' is no size such as"),
        ("seconds = 6", 'seconds = 6\nslice = "4"', "mine.toml: '4' is no duration"),
        ("connections = 10", "", "mine.toml: cells[0]: 'connections' is missing"),
        (
            "connections = 10",
            "connections = 0",
            "mine.toml: cells[0].connections: 0 is less than the minimum of 1",
        ),
        (
            'protocol = "echo"',
            'protocol = "http"',
            "mine.toml: cells[0].protocol: 'http' is not one of ['echo', 'framed']",
        ),
        (
            "connections = 10",
            "connections = 10\nrate = 5\ndepth = 2",
            "mine.toml: a cell has one of depth, rate, load and search",
        ),
        (
            "[[cells]]",
            '[[cells]]\nprotocol = "echo"\nconnections = 10\n[[cells]]',
            "mine.toml: two cells are called 'echo-c10-d1'",
        ),
        (
            'reference = "a"',
            'reference = "c"',
            "mine.toml: the reference c is not among the servers compared: a, b",
        ),
        (
            'a = "reactor-libevent"',
            'a = ""',
            "mine.toml: 'a=' is not of the form 'NAME=SERVER OPTIONS'",
        ),
    ],
)
def test_a_bad_file_ends_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    done = iolab("run", written(tmp_path, GOOD.replace(old, new, 1)))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and message in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nonsense",), "unknown experiment 'nonsense'; known: big-messages, "),
        (("/nowhere/x.toml",), "cannot read /nowhere/x.toml: No such file"),
        (("coordinated-omission", "--resume", "/tmp"), "leave out the name"),
        (("--resume", "/nowhere"), "cannot resume /nowhere"),
    ],
)
def test_an_experiment_that_is_not_there_ends_in_one_line(
    words: tuple[str, ...], message: str
) -> None:
    done = iolab("run", *words)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and message in done.stderr


def test_a_name_that_is_unfit_for_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="small letters"):
        catalog.read_experiment(written(tmp_path, GOOD, "My File.toml"))


def test_what_the_descriptor_limit_cannot_hold_is_not_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "limits", lambda: {"descriptors": [1024, 1024]})
    cells = (closed_cell("echo", 10, 1, 68), closed_cell("echo", 1000, 1, 68))
    experiment = Experiment("x", (Contestant("a", "a"), Contestant("b", "b")), cells)
    assert [cell.connections for cell in make_plan(experiment, "").cells] == [10]
    with pytest.raises(Failure) as refused:
        make_plan(Experiment("x", experiment.contestants, cells[1:]), "")
    assert refused.value.message == (
        "1,000 connections to 3 contestants, with the A/A control, need 3,064 descriptors and the "
        "hard limit is 1,024: 320 connections would fit; root raises the limit with 'ulimit -Hn'"
    )


def test_what_would_fit_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "limits", lambda: {"descriptors": [1024, 20_000]})
    cell = closed_cell("echo", 5000, 1, 68)
    assert "3,322 connections would fit, or 3 contestants" in why_left_out(cell, 6)
    assert descriptors(closed_cell("echo", 3322, 1, 68), 6) <= 20_000 < descriptors(cell, 4)


def test_idle_connections_need_descriptors_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "limits", lambda: {"descriptors": [1024, 20_000]})
    cell = with_idle(closed_cell("echo", 100, 1, 68), 5000)
    assert (
        "100 connections and 5,000 idle to 6 contestants, with the A/A control, need 30,664 "
        "descriptors and the hard limit is 20,000: 100 connections and 3,222 idle would fit, "
        "or 3 contestants"
    ) in why_left_out(cell, 6)
    assert descriptors(replace(cell, idle=3222), 6) <= 20_000 < descriptors(cell, 4)
    crowd = with_idle(closed_cell("echo", 4000, 1, 68), 1000)
    assert ": 3,322 connections would fit" in why_left_out(crowd, 6)


def test_a_reference_that_is_refused_here_leaves_nothing_to_compare() -> None:
    experiment = Experiment(
        "x",
        (Contestant("a", "a"), Contestant("b", "b")),
        (closed_cell("echo", 1, 1, 68),),
        reference="b",
    )
    with pytest.raises(Failure, match="the reference b is unavailable here"):
        make_plan(experiment, "", refused={"b"})
    assert make_plan(experiment, "", refused={"a"}).contestants[0].name == "b"


def test_the_schema_checker_refuses_unknown_keys() -> None:
    assert violations(
        {"speed": 1}, {"additionalProperties": False, "properties": {"rate": {}}}
    ) == ["unknown key 'speed'; known: rate"]
    assert violations(catalog.tomllib.loads(GOOD), load("experiment")) == []
