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


def interrupted(folder: Path, number: int) -> tuple[int, str]:
    """Starts a slow measurement, sends the signal once slices arrive.

    Returns status and standard error.
    """
    programs = make_programs(folder / "build", {"loadgen": {"slow_s": 0.01}})
    words = [
        ROOT / "iolab",
        "compare",
        "--programs",
        programs,
        "--output",
        folder / "results",
        "--no-report",
        *SHORT,
    ]
    process = subprocess.Popen(
        [str(w) for w in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    slices = folder / "results/slices.jsonl"
    deadline = time.monotonic() + 60
    while not (slices.exists() and slices.read_text().count('"kind":"slice"') > 100):
        assert (
            process.poll() is None and time.monotonic() < deadline
        ), "the measurement did not get going"
        time.sleep(0.02)
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_measurement_keeps_what_it_has_and_can_go_on(
    tmp_path: Path, number: int, status: int
) -> None:
    returned, errors = interrupted(tmp_path, number)
    results = tmp_path / "results"
    assert returned == status
    assert (
        len(errors.strip().splitlines()) == 1
        and f"go on with ./iolab compare --resume {results}" in errors
    )
    assert leftovers(tmp_path) == []
    analysis = json.loads((results / "derived/analysis.json").read_text())
    assert analysis["findings"][0]["kind"] == "interrupted"
    assert analysis["findings"][0]["text"].startswith("INTERRUPTED")
    assert '"interrupted":true' in (results / "slices.jsonl").read_text()

    before = (results / "slices.jsonl").read_text()
    done = iolab("compare", "--programs", tmp_path / "build", "--resume", results, "--no-report")
    assert done.returncode == 0, done.stderr
    after = (results / "slices.jsonl").read_text()
    assert after.startswith(before)
    analysis = json.loads((results / "derived/analysis.json").read_text())
    assert analysis["interrupted"] is None
    plan = json.loads((results / "plan.json").read_text())
    assert {c["id"]: c["results"][0]["rounds"] for c in analysis["cells"]} == {
        c["id"]: c["rounds"] for c in plan["cells"]
    }
