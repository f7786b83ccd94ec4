"""What the A/A control says: the reference entered twice must cost the same as itself."""

from experiments.runner.judge import stats
from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.verdicts import Comparison, percent, span
from experiments.runner.plan.margins import MARGINS, SIGNIFICANCE, Quantity


def why_invalid(outcome: Outcome) -> str | None:
    """Why the A/A control disproves the measurement, or None when it does not.

    Its interval must contain 1 in every cell's cost. Over many cells one in twenty misses by
    chance, so an exclusion counts only after Holm's correction. Its estimate must stay within the
    margin in the main cell. In another cell, which has fewer rounds, an estimate that is off spoils
    only that cell: see doubtful().
    """
    controls = outcome.controls()
    main = best_known(outcome, controls)
    adjusted = dict(zip(controls, stats.holm([c.p for c in controls.values()])))
    for cell, c in controls.items():
        if (c.low > 1 or c.high < 1) and adjusted[cell] < SIGNIFICANCE:
            return f"in {cell} it costs {percent(c.estimate)} than itself ({span(c.low, c.high)})"
        if cell == main and _is_off(c):
            return f"in {cell} its estimate is off by {percent(c.estimate)}, over the margin"
    return None


def doubtful(outcome: Outcome) -> list[str]:
    """The cells beside the main one whose control is off by more than the margin."""
    controls = outcome.controls()
    main = best_known(outcome, controls)
    return [cell for cell, c in controls.items() if cell != main and _is_off(c)]


def best_known(outcome: Outcome, controls: dict[str, Comparison]) -> str | None:
    """The cell with the largest share of the time among those with a control."""
    return max(controls, key=lambda name: outcome.plan.cell(name).share, default=None)


def _is_off(control: Comparison) -> bool:
    return abs(control.estimate - 1) > MARGINS[Quantity.COST]
