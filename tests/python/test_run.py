"""./iolab run from outside, on fake servers."""

import json
import subprocess
from pathlib import Path

import pytest

from experiments.runner.schemas import load, violations
from fakes import make_programs
from harness import iolab, leftovers
from html_page import Page

FILE = """
title = "What a detour costs"
question = "Is a detour dearer?"
look_for = "A ratio above 1."
reference = "straight"
seconds = 9
epochs = 3

[contestants]
detour = "reactor-libevent --work every=1,spin=1us"
straight = "reactor-libevent"
barred = "reactor-epoll"

[[cells]]
protocol = "echo"
connections = 10

[[cells]]
protocol = "framed"
connections = 20
depth = 4
slice = "100ms"
share = 6

[[cells]]
protocol = "echo"
connections = 10
rate = 20000
"""
BEHAVIOUR = {"loadgen": {"cost": {"detour": 1.5}}, "reactor-epoll": {"refuse": "no epoll here"}}


def run(folder: Path, *words: object) -> subprocess.CompletedProcess:
    (folder / "detour.toml").write_text(FILE)
    programs = make_programs(folder / "build", BEHAVIOUR)
    return iolab(
        "run",
        folder / "detour.toml",
        "--programs",
        programs,
        "--output",
        folder / "results",
        "--seed",
        "7",
        *words,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess]:
    folder = tmp_path_factory.mktemp("run")
    return folder / "results", run(folder)


def test_an_experiment_is_carried_out_as_its_file_says(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, done = measured
    assert done.returncode == 0, done.stderr
    plan = json.loads((results / "plan.json").read_text())
    assert violations(plan, load("plan")) == []
    assert (plan["experiment"], plan["seed"], plan["epochs"], plan["quick"]) == (
        "detour",
        7,
        3,
        False,
    )
    assert [(e["name"], e["server"], e["options"]) for e in plan["contestants"]] == [
        ("straight", "reactor-libevent", ""),
        ("detour", "reactor-libevent", "--work every=1,spin=1us"),
        ("straight#control", "reactor-libevent", ""),
    ]
    assert {c["id"]: (c["slice_s"], c["share"]) for c in plan["cells"]} == {
        "echo-c10-d1": (0.01, 2),
        "framed-c20-d4": (0.1, 6),
        "echo-c10-r20000": (0.012, 2),
    }
    assert sum(c["rounds"] * c["slice_s"] for c in plan["cells"]) * 3 == pytest.approx(9, rel=0.1)
    assert leftovers(results.parent) == []


def test_question_answer_and_what_to_look_for_are_told(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, done = measured
    parts = (
        "What a detour costs\nIs a detour dearer?\n",
        "detour costs ",
        "CPU: the server",
        "What to look for: A ratio above 1.",
    )
    places = [done.stdout.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)
    assert "barred is unavailable here: no epoll here" in done.stdout
    analysis = json.loads((results / "derived/analysis.json").read_text())
    assert violations(analysis, load("analysis")) == []
    assert analysis["title"] == "What a detour costs"
    page = Page((results / "report.html").read_text())
    assert [text for _, text in page.all("h1")] == ["What a detour costs"]
    text = " ".join(text for _, text in page.all("p"))
    assert "Is a detour dearer?" in text and "A ratio above 1." in text


def test_options_make_it_shorter(tmp_path: Path) -> None:
    done = run(tmp_path, "--quick", "--epochs", "2", "--no-report")
    assert done.returncode == 0, done.stderr
    plan = json.loads((tmp_path / "results/plan.json").read_text())
    assert plan["quick"] is True and plan["epochs"] == 2
    assert [c["slice_s"] for c in plan["cells"]] == [0.01, 0.1, 0.012]


def test_an_interrupted_experiment_goes_on_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "detour.toml").write_text(FILE)
    dying = {"reactor-libevent": {"die_after_s": 0.3}, "loadgen": {"slow_s": 0.05}}
    programs = make_programs(tmp_path / "build", BEHAVIOUR | dying)
    words = ("--programs", programs, "--no-report")
    broken = iolab("run", tmp_path / "detour.toml", "--output", tmp_path / "results", *words)
    assert (
        broken.returncode == 1
        and f"go on with ./iolab run --resume {tmp_path / 'results'}" in broken.stderr
    )
    (programs / "bin/behaviour.json").write_text(json.dumps(BEHAVIOUR))
    done = iolab("run", "--resume", tmp_path / "results", *words)
    assert done.returncode == 0, done.stderr
    assert (
        json.loads((tmp_path / "results/derived/analysis.json").read_text())["interrupted"] is None
    )
