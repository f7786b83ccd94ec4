"""The generator's HdrHistogram V2 log, read by an implementation of others: npm's hdr-histogram-js.

Needs node and npm, which iolab itself does not: without them, or without a registry, it is skipped.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT
from experiments.runner.measure.generator import command, generating
from experiments.runner.measure.histogram_log import UNDISTURBED
from experiments.runner.measure.servers import ContestantProgram, running
from experiments.runner.plan.plan import Cell, closed_cell, open_cell
from experiments.runner.plan.roster import read_roster

SOURCE, INSTALLED = ROOT / "tests" / "hlog", ROOT / "build" / "hlog"
FILES = ("package.json", "package-lock.json", "decode.js")
DEV = ROOT / "build" / "dev"
PERCENTILES = ("p50_ns", "p90_ns", "p99_ns", "p999_ns")
# What the log holds of a value: three digits.
PRECISION = 1e-3

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed"
    ),
    pytest.mark.skipif(
        not (DEV / "bin/loadgen").exists(),
        reason="build/dev has no programs; ./iolab build --preset dev",
    ),
]


@pytest.fixture(scope="module")
def decoder() -> Path:
    """decode.js beside the packages it needs, installed once for each lock file."""
    if not all(
        (INSTALLED / name).is_file()
        and (INSTALLED / name).read_bytes() == (SOURCE / name).read_bytes()
        for name in FILES
    ):
        shutil.rmtree(INSTALLED, ignore_errors=True)
        INSTALLED.mkdir(parents=True)
        for name in FILES[:2]:
            shutil.copy(SOURCE / name, INSTALLED)
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        words += ["--fetch-timeout=20000", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
        done = subprocess.run(words, cwd=INSTALLED, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            pytest.skip(f"npm cannot install hdr-histogram-js: {done.stderr.strip()[:200]}")
        shutil.copy(SOURCE / FILES[2], INSTALLED)
    return INSTALLED / FILES[2]


def recorded(cell: Cell, log: Path, *options: str) -> list[dict]:
    """The lines of a short run that also wrote `log`."""
    server = ContestantProgram("reactor-libevent", read_roster(DEV).get("reactor-libevent"))
    with running([server], cell.protocol) as servers:
        words = command(DEV / "bin/loadgen", cell, servers.values(), 0.05, 4, 1)
        with generating([*words, "--hlog", str(log), *options], ()) as generator:
            lines = list(generator.lines())
            assert generator.complaint() is None
    return lines


def distributions(lines: list[dict]) -> list[dict]:
    """What each entry of the log should hold: an interval of a visit, else the whole visit.

    Of an open loop's visit there is a second entry: what no stall disturbed.
    """
    intervals = [(line, line["distribution"], "") for line in lines if line["kind"] == "interval"]
    slices = []
    for line in (one for one in lines if one["kind"] == "slice"):
        slices.append((line, line.get("response", line["service"]), ""))
        if "undisturbed" in line:
            slices.append((line, line["undisturbed"], UNDISTURBED))
    return [
        {"target": line["target"] + tag, "begin_ms": line["begin_ns"] / 1e6, **shape}
        for line, shape, tag in intervals or slices
    ]


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        (closed_cell("echo", 10, 1, 68), []),
        (open_cell("echo", 10, 68, 5000), []),
        (closed_cell("framed", 10, 4, 68), ["--interval", "20ms"]),
    ],
)
def test_another_implementation_reads_what_the_generator_saw(
    cell: Cell, options: list[str], decoder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.hlog"
    expected = distributions(recorded(cell, log, *options))
    done = subprocess.run(["node", decoder, log], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    decoded = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(decoded) == len(expected) >= 4
    for theirs, ours in zip(decoded, expected):
        since_first = theirs["begin_ms"] - decoded[0]["begin_ms"]
        assert since_first == pytest.approx(ours["begin_ms"] - expected[0]["begin_ms"], abs=2)
        assert (theirs["target"], theirs["count"]) == (ours["target"], ours["count"])
        assert theirs["max_ns"] == pytest.approx(ours["max_ns"], rel=PRECISION)
        # The generator knows the very maximum and lets no percentile exceed it.
        assert [min(theirs[key], ours["max_ns"]) for key in PERCENTILES] == [
            ours[key] for key in PERCENTILES
        ]
