"""./iolab compare from outside, on fake servers, when all goes well."""

import json
import subprocess
from pathlib import Path

import pytest

from experiments.runner.schemas import load, violations
from fakes import make_programs
from harness import compare, iolab, leftovers


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess]:
    """One good measurement: proactor-asio costs 20 % more, reactor-epoll is refused here."""
    folder = tmp_path_factory.mktemp("good")
    behaviour = {
        "loadgen": {"cost": {"proactor-asio": 1.2}},
        "reactor-epoll": {"refuse": "io_uring is refused: EPERM"},
    }
    programs = make_programs(folder / "build", behaviour)
    return folder / "results", compare(programs, folder / "results")


def test_a_measurement_ends_well(measured: tuple[Path, subprocess.CompletedProcess]) -> None:
    results, done = measured
    assert done.returncode == 0, done.stderr
    assert "proactor-asio costs 2" in done.stdout and "slower" in done.stdout
    assert "A/A control" in done.stdout
    assert leftovers(results.parent) == []


def test_what_is_refused_here_is_shown_with_its_reason(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, done = measured
    assert "reactor-epoll is unavailable here: io_uring is refused: EPERM" in done.stdout
    analysis = json.loads((results / "derived/analysis.json").read_text())
    assert [
        (w["flag"], w["contestant"]) for w in analysis["warnings"] if w["flag"] == "UNAVAILABLE"
    ] == [("UNAVAILABLE", "reactor-epoll")]
    shown = {s["name"]: s["available"] for s in analysis["contestants"]}
    assert shown["reactor-epoll"] is False and shown["proactor-asio"] is True


def test_every_file_follows_its_schema(measured: tuple[Path, subprocess.CompletedProcess]) -> None:
    results, _ = measured
    for name, file in (
        ("plan", "plan.json"),
        ("manifest", "manifest.json"),
        ("analysis", "derived/analysis.json"),
    ):
        assert violations(json.loads((results / file).read_text()), load(name)) == []
    schema = load("slices")
    kinds, probed = set(), set()
    for text in (results / "slices.jsonl").read_text().splitlines():
        line = json.loads(text)
        kinds.add(line["kind"])
        assert violations(line, schema) == []
        assert violations(line, {**schema["$defs"][line["kind"]], "$defs": schema["$defs"]}) == []
        probed |= {line["cell"]} if line["kind"] == "probe" else set()
    assert kinds == {"start", "run", "slice", "summary", "batch", "probe", "end", "unavailable"}
    plan = json.loads((results / "plan.json").read_text())
    assert probed == {cell["id"] for cell in plan["cells"]}


def test_deriving_again_gives_the_same_bytes(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, _ = measured
    files = [file for file in sorted((results / "derived").rglob("*")) if file.is_file()]
    before = {file.relative_to(results): file.read_bytes() for file in files}
    assert len([file for file in before if file.suffix == ".hgrm"]) > 10
    for file in files:
        file.unlink()
    done = iolab("report", results)
    assert done.returncode == 0, done.stderr
    assert {file: (results / file).read_bytes() for file in before} == before
    assert (results / "report.html").is_file()


def test_servers_were_where_the_plan_wanted_them(
    measured: tuple[Path, subprocess.CompletedProcess]
) -> None:
    results, _ = measured
    plan, about = (
        json.loads((results / name).read_text()) for name in ("plan.json", "manifest.json")
    )
    if not plan["server_cpus"]:
        pytest.skip("this system cannot pin processes")
    assert about["affinity"]["reactor-libevent"] == plan["server_cpus"]
    assert about["affinity"]["generator"] == plan["generator_cpus"]


def test_the_same_seed_gives_the_same_order(
    measured: tuple[Path, subprocess.CompletedProcess], tmp_path: Path
) -> None:
    results, _ = measured
    again = compare(
        make_programs(tmp_path / "build", {"reactor-epoll": {"refuse": "no"}}), tmp_path / "results"
    )
    assert again.returncode == 0, again.stderr

    def order(folder: Path) -> list[tuple]:
        lines = map(json.loads, (folder / "slices.jsonl").read_text().splitlines())
        return [
            (line["epoch"], line["cell"], line["target"])
            for line in lines
            if line["kind"] == "slice"
        ]

    assert order(tmp_path / "results") == order(results)


def test_a_variant_competes_with_options_of_its_own(tmp_path: Path) -> None:
    programs = make_programs(tmp_path / "build", {"loadgen": {"cost": {"slow": 1.5}}})
    words = (
        "--servers",
        "reactor-libevent",
        "--variant",
        "slow=reactor-libevent --work every=1,spin=1us",
    )
    done = compare(programs, tmp_path / "results", *words)
    assert done.returncode == 0, done.stderr
    assert "slow costs 5" in done.stdout or "slow costs 4" in done.stdout
    plan = json.loads((tmp_path / "results/plan.json").read_text())
    assert [(e["name"], e["options"]) for e in plan["contestants"]] == [
        ("reactor-libevent", ""),
        ("slow", "--work every=1,spin=1us"),
        ("reactor-libevent#control", ""),
    ]


def test_tails_are_compared_at_a_share_of_what_the_reference_carries(tmp_path: Path) -> None:
    behaviour = {"cost": {"slow": 1.5}, "stalled": 0.1, "breaks_at": 90_123}
    programs = make_programs(tmp_path / "build", {"loadgen": behaviour})
    words = ("--servers", "reactor-libevent", "--variant", "slow=reactor-libevent")
    words += ("--rates", "0", "--loads", "70", "--rounds", "40", "--epochs", "6")
    done = compare(programs, tmp_path / "results", *words)
    assert done.returncode == 0, done.stderr
    plan, found = (
        json.loads((tmp_path / "results" / file).read_text())
        for file in ("plan.json", "derived/analysis.json")
    )
    assert violations(plan, load("plan")) == [] and violations(found, load("analysis")) == []
    schema = load("slices")
    lines = (tmp_path / "results/slices.jsonl").read_text().splitlines()
    assert all(violations(json.loads(line), schema) == [] for line in lines)
    rates = {cell["id"]: cell["rate_per_s"] for cell in plan["cells"] if cell["mode"] != "closed"}
    capacity = rates["echo-c100-breaking"]
    assert rates == {
        "echo-c100-u70": pytest.approx(0.7 * capacity, rel=0.01),
        "echo-c100-breaking": pytest.approx(90_123, rel=0.05),
    }
    assert [(b["contestant"], len(b["by_epoch"])) for b in found["breaking_loads"]] == [
        ("reactor-libevent", 6),
        ("slow", 6),
        ("reactor-libevent#control", 6),
    ]
    (cell,) = (one for one in found["cells"] if one["id"] == "echo-c100-u70")
    slow = cell["results"][1]
    assert slow["undisturbed_share"] == pytest.approx(0.9, abs=0.01)
    for quantity in ("p99", "seen_p99"):
        assert slow["ratios"][quantity]["estimate"] == pytest.approx(1.5, rel=0.1)
    assert found["stalls"][0]["counts"][2] > 0 and found["heat"]["cell"] == cell["id"]
    kinds = [one["kind"] for one in found["findings"]]
    assert "tail" in kinds and "breaking load" in kinds


def test_an_earlier_result_from_another_machine_raises_env(
    measured: tuple[Path, subprocess.CompletedProcess], tmp_path: Path
) -> None:
    results, _ = measured
    about = json.loads((results / "manifest.json").read_text())
    about["machine"]["kernel"] = "2.4.37"
    (tmp_path / "manifest.json").write_text(json.dumps(about))
    done = iolab("report", results, "--against", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ENV" in done.stdout and "2.4.37 there" in done.stdout
