"""Flags on parts of real measurements: few on a quiet machine, on a busy one those that matter."""

import gzip
from pathlib import Path

from experiments.runner.judge import flags, platform
from experiments.runner.judge.outcome import Outcome, weigh
from experiments.runner.measure.record import FILE, read_record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import read_plan
from experiments.runner.results.model import Warning

RECORDED = Path(__file__).parent / "recorded"


def outcome(name: str, folder: Path) -> Outcome:
    plan, *lines = gzip.decompress((RECORDED / f"{name}.jsonl.gz").read_bytes()).splitlines()
    (folder / "plan.json").write_bytes(plan)
    (folder / FILE).write_bytes(b"\n".join(lines) + b"\n")
    return weigh(read_plan(folder), read_record(folder))


def raised(found: Outcome) -> list[Warning]:
    of_cells = [one for data in found.cells for one in flags.of_cell(data, found.plan.threads)]
    return flags.of_machine(found.cells) + flags.stalled(platform.stalls(found)) + of_cells


def test_a_quiet_machine_raises_none_or_one(tmp_path: Path) -> None:
    assert len(raised(outcome("quiet", tmp_path))) <= 1


def test_a_busy_machine_is_told_of_once_and_not_at_every_figure(tmp_path: Path) -> None:
    found = raised(outcome("busy", tmp_path))
    assert "NOISY" in [one.flag for one in found]
    # When it was recorded, short stalls of the servers' cores counted as the machine's.
    assert len(found) <= 3 and {one.flag for one in found if one.cell} <= {"UNEVEN"}


def test_its_ratios_were_right(tmp_path: Path) -> None:
    """That is why the warnings at each of them are gone: 1 lies in the intervals of the control."""
    for quantity in (Quantity.COST, Quantity.P99):
        for cell, control in outcome("busy", tmp_path).controls(quantity).items():
            assert control.low <= 1.01 and control.high >= 0.99, (quantity, cell)


def test_stops_on_purpose_are_told(tmp_path: Path) -> None:
    (one,) = raised(outcome("stopped", tmp_path))
    assert one.flag == "NOISY" and "long stalls/s" in one.figure
