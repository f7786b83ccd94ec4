"""./iolab compare from outside, on fake servers: every way it can go wrong."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ROOT
from fakes import make_programs
from harness import SHORT, compare, iolab, leftovers


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--nonsense",), "unknown option --nonsense"),
        (("--servers", "apache"), "unknown server 'apache'; known: reactor-libevent"),
        (("--reference", "floor-epoll"), "the reference floor-epoll is not among the servers"),
        (("--protocols", "http"), "unknown protocol 'http'"),
        (("--slice", "fast"), "'fast' is no duration"),
        (("--connections", "many"), "'many' is no list"),
        (("--server-cpus", "4096"), "CPU 4096 is not available"),
        (("--resume", "/nowhere"), "cannot resume /nowhere"),
    ],
)
def test_bad_options_end_in_one_line(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = compare(make_programs(tmp_path / "build"), tmp_path / "results", *words)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and message in done.stderr
    assert not (tmp_path / "results").exists()


def test_an_output_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "precious").write_text("data")
    done = compare(make_programs(tmp_path / "build"), tmp_path / "results")
    assert done.returncode == 2 and "is not empty" in done.stderr
    assert [file.name for file in (tmp_path / "results").iterdir()] == ["precious"]


def test_an_unwritable_output_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = compare(make_programs(tmp_path / "build"), tmp_path / "file" / "results")
    assert done.returncode == 2 and "cannot write results into" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_server_that_cannot_start_is_named(tmp_path: Path) -> None:
    programs = make_programs(
        tmp_path / "build",
        {"proactor-asio": {"fail": "cannot bind 127.0.0.1:80: Permission denied"}},
    )
    done = compare(programs, tmp_path / "results")
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == "iolab: server proactor-asio died (exit status 1): "
        "cannot bind 127.0.0.1:80: Permission denied"
    )
    assert leftovers(tmp_path) == []


def test_a_server_that_dies_mid_run_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    behaviour = {"emulated-asio": {"die_after_s": 0.6}, "loadgen": {"slow_s": 0.02}}
    done = compare(make_programs(tmp_path / "build", behaviour), tmp_path / "results")
    assert done.returncode == 1
    assert (
        "server emulated-asio died (killed by SIGKILL): out of luck" in done.stderr
        and "--resume" in done.stderr
    )
    assert len(done.stderr.strip().splitlines()) == 1
    analysis = json.loads((tmp_path / "results/derived/analysis.json").read_text())
    assert "out of luck" in analysis["interrupted"] and "ERRORS" in {
        w["flag"] for w in analysis["warnings"]
    }
    assert '"kind":"slice"' in (tmp_path / "results/slices.jsonl").read_text()
    assert leftovers(tmp_path) == []


def test_a_wrong_byte_raises_verify(tmp_path: Path) -> None:
    done = compare(
        make_programs(tmp_path / "build", {"loadgen": {"wrong_byte": True}}), tmp_path / "results"
    )
    assert done.returncode == 1 and "wrong byte in reply 7" in done.stderr
    analysis = json.loads((tmp_path / "results/derived/analysis.json").read_text())
    assert "VERIFY" in {w["flag"] for w in analysis["warnings"]} and analysis["cells"] == []


def interrupted(
    folder: Path, number: int, sight: str, times: int, slow_s: float
) -> tuple[int, str, str]:
    """Starts a measurement with slices that take so long, and sends the signal once its record has
    that text so many times. What goes on afterwards is fast.

    Returns status, standard output and standard error.
    """
    programs = make_programs(folder / "build", {"loadgen": {"slow_s": slow_s}})
    output = folder / "results"
    words = [ROOT / "iolab", "compare", "--programs", programs, "--output", output, *SHORT]
    process = subprocess.Popen(
        [str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    slices = output / "slices.jsonl"
    deadline = time.monotonic() + 60
    while not (slices.exists() and slices.read_text().count(sight) >= times):
        assert (
            process.poll() is None and time.monotonic() < deadline
        ), "the measurement did not get going"
        time.sleep(0.02)
    os.kill(process.pid, number)
    shown, errors = process.communicate(timeout=60)
    (programs / "bin" / "behaviour.json").write_text("{}")
    return process.returncode, shown, errors


# A batch has 42 slices, and the runner looks at the record every other second: in the first look
# this batch is not over.
BATCH = ('"kind":"slice"', 5, 0.1)
PROBING = ('"kind":"probe"', 1, 0.01)


@pytest.mark.parametrize(
    ("number", "status", "moment"),
    [(signal.SIGINT, 130, BATCH), (signal.SIGTERM, 143, BATCH), (signal.SIGINT, 130, PROBING)],
)
def test_an_interrupted_measurement_keeps_what_it_has_and_can_go_on(
    tmp_path: Path, number: int, status: int, moment: tuple[str, int, float]
) -> None:
    returned, shown, errors = interrupted(tmp_path, number, *moment)
    results = tmp_path / "results"
    assert returned == status
    assert (
        len(errors.strip().splitlines()) == 1
        and f"go on with ./iolab compare --resume {results}" in errors
        and f"draw it with ./iolab report {results}" in errors
    )
    assert leftovers(tmp_path) == []
    before = (results / "slices.jsonl").read_text()
    if moment is BATCH:
        assert '"interrupted":true' in before
    plan = json.loads((results / "plan.json").read_text())
    assert shown.count("INTERRUPTED") == 1 and "report: " not in shown
    for cell in plan["cells"]:
        measured = f'"cell":"{cell["id"]}"' in before
        assert (f" {cell['id']} \n" in shown.replace("\n", " \n")) == measured
    assert not (results / "figures").exists() and not (results / "report.html").exists()

    done = iolab("compare", "--programs", tmp_path / "build", "--resume", results, "--no-report")
    assert done.returncode == 0, done.stderr
    after = (results / "slices.jsonl").read_text()
    assert after.startswith(before)
    analysis = json.loads((results / "derived/analysis.json").read_text())
    assert analysis["interrupted"] is None
    assert {c["id"]: c["results"][0]["rounds"] for c in analysis["cells"]} == {
        c["id"]: c["rounds"] for c in plan["cells"]
    }
    assert all(c["results"][0]["pss_bytes"] for c in analysis["cells"])


def test_an_interrupted_measurement_can_be_drawn(tmp_path: Path) -> None:
    interrupted(tmp_path, signal.SIGINT, *BATCH)
    done = iolab("report", tmp_path / "results")
    assert done.returncode == 0, done.stderr
    assert "INTERRUPTED" in done.stdout and (tmp_path / "results/report.html").is_file()
    analysis = json.loads((tmp_path / "results/derived/analysis.json").read_text())
    assert analysis["findings"][0]["kind"] == "interrupted"
