"""./iolab compare and run with foreign programs, from outside, against a fake generator."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from experiments.runner.cli import parse
from experiments.runner.plan.compare_options import experiment_from
from experiments.runner.plan.roster import read_roster
from experiments.runner.schemas import load, violations
from experiments.runner.system import listening
from fakes import make_echo_program, make_programs
from harness import SHORT, compare, iolab, leftovers
from html_page import Page

pytestmark = pytest.mark.skipif(not listening.can_tell(), reason="no /proc/net here")
CATALOG = """
title = "T"
question = "Q?"
look_for = "L."
reference = "mine"
seconds = 1
epochs = 1
slice = "10ms"
[programs]
mine = "PROGRAM --port {port}"
[[cells]]
protocol = "framed"
connections = 10
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess]:
    """A server, a program of one process and one of two, with figures and page."""
    folder = tmp_path_factory.mktemp("foreign")
    programs, echo = make_programs(folder / "build"), make_echo_program(folder)
    words = ["--servers", "reactor-libevent", "--program", f"mine={echo} --port {{port}}"]
    words += ["--program", f"forked={echo} --workers 2", *SHORT, "--server-options=--nonsense"]
    words += ["--epochs", "1", "--connections", "10", "--output", folder / "results"]
    return folder / "results", iolab("compare", "--programs", programs, *words)


def read(results: Path, file: str) -> dict:
    return json.loads((results / file).read_text())


def test_a_program_is_measured_beside_servers_and_speaks_echo_only(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, done = measured
    assert done.returncode == 0, done.stderr
    assert leftovers(results.parent) == []
    cells = read(results, "derived/analysis.json")["cells"]
    assert {cell["protocol"] for cell in cells} == {"echo"}
    named = ["reactor-libevent", "mine", "forked", "reactor-libevent#control"]
    assert [[one["contestant"] for one in cell["results"]] for cell in cells] == [named] * 2


def test_what_it_cannot_tell_is_unknown_in_the_manifest(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, _ = measured
    about = read(results, "manifest.json")
    assert violations(about, load("manifest")) == []
    _, mine, forked = about["contestants"]
    for one in (mine, forked):
        assert {one[key] for key in ("pattern", "written", "engine", "program", "source")} == {None}
    assert mine["command"].endswith("echo-program --port {port}")
    assert mine["banner"]["pid"] > 0 and forked["banner"]["pid"] is None


def test_figures_of_shared_work_are_unknown_and_not_0(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, done = measured
    analysis = read(results, "derived/analysis.json")
    assert violations(analysis, load("analysis")) == []
    for cell in analysis["cells"]:
        _, mine, forked, _ = cell["results"]
        assert mine["cpu_us"]["median"] > 0 and forked["rate_per_s"]["median"] > 0
        names = ("cpu_us", "server_cpu_share", "pss_bytes", "syscalls_per_message")
        assert {forked[name] for name in (*names, "context_switches_per_message")} == {None}
        assert forked["ratios"]["cost"] is None
    assert re.search(r"^ *forked +[\d,]+ +- ", done.stdout, re.MULTILINE)
    told = [one["contestant"] for one in analysis["warnings"] if one["flag"] == "UNCHARGED"]
    assert told == ["forked"] and done.stdout.count("several processes own") == 1


def test_the_report_tells_what_it_knows(measured: tuple[Path, subprocess.CompletedProcess]) -> None:
    results, _ = measured
    page = Page((results / "report.html").read_text())
    (table,) = [text for _, text in page.all("table") if "Who took part." in text]
    assert "mineunknowna program of yoursunknown" in table
    assert "echo-program --workers 2" in table
    drawn = [text for _, text in page.all("figure") if "a program of yours" in text]
    assert len(drawn) >= 4


def test_a_measurement_with_a_program_goes_on(
    measured: tuple[Path, subprocess.CompletedProcess], tmp_path: Path
) -> None:
    results, _ = measured
    shutil.copytree(results, tmp_path / "results")
    record = tmp_path / "results/slices.jsonl"
    lines = record.read_text().splitlines(keepends=True)
    last = [place for place, line in enumerate(lines) if '"kind":"batch"' in line][-1]
    record.write_text("".join(lines[:last]))
    programs = results.parent / "build"
    words = ("--resume", tmp_path / "results", "--no-report")
    done = iolab("compare", "--programs", programs, *words)
    assert done.returncode == 0, done.stderr
    assert record.read_text().count('"kind":"batch"') == "".join(lines).count('"kind":"batch"')


def test_costs_with_an_uncharged_reference_are_not_compared(tmp_path: Path) -> None:
    echo = make_echo_program(tmp_path)
    words = ("--servers", "reactor-epoll", "--program", f"forked={echo} --workers 2")
    words += ("--reference", "forked", "--connections", "1", "--rates", "0", "--epochs", "1")
    done = compare(make_programs(tmp_path / "build"), tmp_path / "results", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("The CPU of forked is unknown, so nothing shows how small") == 1
    assert done.stdout.count("UNCHARGED") == 1


def test_wrong_bytes_name_the_program_and_what_tells_more(tmp_path: Path) -> None:
    echo = make_echo_program(tmp_path)
    programs = make_programs(tmp_path / "build", {"loadgen": {"wrong_byte": True}})
    words = ("--servers", "", "--program", f"mine={echo}")
    done = compare(programs, tmp_path / "results", *words)
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
    assert re.search(r"target mine(#control)?: .* wrong byte .*; ./iolab check tells", done.stderr)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--program", "mine"), "'mine=' is not of the form 'NAME=COMMAND'"),
        (("--program", "reactor-epoll=./s"), "two contestants are called 'reactor-epoll'"),
        (
            ("--program", "mine=./s", "--protocols", "echo,framed"),
            "the program mine speaks one protocol, not echo and framed: put {protocol} into",
        ),
        (
            ("--program", "mine=./s", "--threads", "2"),
            "mine does not learn that it shall have 2 threads: put {threads} into its command",
        ),
        (("--servers", ""), "nobody to compare: --servers, --variant and --program name none"),
    ],
)
def test_bad_options_end_in_one_line(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = compare(make_programs(tmp_path / "build"), tmp_path / "results", *words)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and message in done.stderr


def test_without_protocols_asked_for_a_program_is_asked_what_it_can_be_told(tmp_path: Path) -> None:
    def asked(*words: str) -> list[str]:
        options = parse(["compare", *words])
        experiment = experiment_from(options, read_roster(tmp_path))
        return sorted({cell.protocol for cell in experiment.cells})

    make_programs(tmp_path)
    mute, told = ("--program", "mute=./s"), ("--program", "told=./s {protocol}")
    assert asked() == asked(*told) == ["echo", "framed"]
    assert asked(*mute) == asked(*told, *mute) == ["echo"]
    assert asked(*mute, "--protocols", "framed") == ["framed"]


def test_a_file_of_the_catalog_may_have_programs_alone(tmp_path: Path) -> None:
    file, echo = tmp_path / "mine.toml", make_echo_program(tmp_path)
    file.write_text(CATALOG.replace("PROGRAM", str(echo)))
    programs = make_programs(tmp_path / "build")
    words = ("--programs", programs, "--output", tmp_path / "results", "--no-report")
    done = iolab("run", file, *words)
    assert done.returncode == 0, done.stderr
    plan = read(tmp_path / "results", "plan.json")
    assert plan["contestants"][0]["command"] == f"{echo} --port {{port}}"
    assert [cell["protocol"] for cell in plan["cells"]] == ["framed"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[cells]]", "[[cells]]\nprotocol = 'echo'\nconnections = 1\n[[cells]]", "speaks one pro"),
        ("epochs = 1", "threads = 2", "mine does not learn that it shall have 2 threads"),
        ('mine = "PROGRAM --port {port}"', "", "reference mine is not among the servers comp"),
        ("[programs]", "[contestants]\nmine = 'reactor-epoll'\n[programs]", "two contestants are"),
        ('mine = "PROGRAM --port {port}"', 'mine = "sh -c \'x"', "No closing quotation"),
    ],
)
def test_a_bad_file_ends_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CATALOG
    file = tmp_path / "mine.toml"
    file.write_text(CATALOG.replace(old, new, 1))
    done = iolab("run", file)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "mine.toml: " in done.stderr and message in done.stderr
