"""When the A/A control disproves a session, and when only one of its cells."""

from experiments.runner import findings
from experiments.runner.outcome import Outcome
from experiments.runner.plan import Entrant, Plan, closed_cell
from experiments.runner.record import Record
from experiments.runner.verdicts import Comparison

HEAD, SIDE = closed_cell("echo", 100, 1, 68, share=6), closed_cell("echo", 10, 1, 68)


def outcome(head: tuple[float, float], side: tuple[float, float], p: float = 0.5) -> Outcome:
    """Controls given as (estimate, half-width) in both cells."""
    entrants = (Entrant("a", "a"), Entrant("a#control", "a", control=True))
    plan = Plan("compare", "", 1, False, "a", entrants, 8, (HEAD, SIDE))
    compared = {}
    for cell, (estimate, half) in ((HEAD, head), (SIDE, side)):
        low, high = estimate - half, estimate + half
        compared["cost", cell.id, "a#control"] = Comparison("cost", 40, estimate, low, high, low, high, p)
    return Outcome(plan, Record([], [], [], [], {}, []), [], compared, dict.fromkeys(compared, p))


def test_a_control_that_agrees_leaves_the_session_valid() -> None:
    well = outcome((1.002, 0.006), (0.99, 0.03))
    assert findings.why_invalid(well) is None and findings.doubtful(well) == []


def test_an_estimate_off_in_the_headline_invalidates_the_session() -> None:
    assert "over the margin" in findings.why_invalid(outcome((1.04, 0.06), (1.0, 0.03)))


def test_an_estimate_off_elsewhere_spoils_only_its_cell() -> None:
    off = outcome((1.002, 0.006), (1.043, 0.06))
    assert findings.why_invalid(off) is None and findings.doubtful(off) == [SIDE.id]


def test_an_interval_that_excludes_1_anywhere_invalidates_the_session() -> None:
    assert "than itself" in findings.why_invalid(outcome((1.0, 0.01), (1.02, 0.01), p=0.001))
