"""What the A/A control says: the reference entered twice must cost the same as itself, and be late
as often."""

from experiments.runner.judge import stats
from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.verdicts import Comparison, percent, span
from experiments.runner.plan.margins import MARGINS, SIGNIFICANCE, Quantity
from experiments.runner.plan.plan import main_of

NAMES = {Quantity.COST: "CPU per message is", Quantity.P99: "p99 is"}
MORE_OR_LESS = {Quantity.COST: ("more", "less"), Quantity.P99: ("longer", "shorter")}


def why_invalid(outcome: Outcome, quantity: Quantity = Quantity.COST) -> str | None:
    """Why the A/A control disproves what was measured of a quantity, or None when it does not.

    Its interval must contain 1 in every cell. Over many cells one in twenty misses by
    chance, so an exclusion counts only after Holm's correction. Its estimate must stay within the
    margin in the main cell. In another cell, which has fewer rounds, an estimate that is off spoils
    only that cell: see doubtful().
    """
    controls = outcome.controls(quantity)
    main = best_known(outcome, controls)
    adjusted = dict(zip(controls, stats.holm([c.p for c in controls.values()])))
    for cell, c in controls.items():
        if (c.low > 1 or c.high < 1) and adjusted[cell] < SIGNIFICANCE:
            told = percent(c.estimate, *MORE_OR_LESS[quantity])
            return f"in {cell} its {NAMES[quantity]} {told} than its own ({span(c.low, c.high)})"
        if cell == main and _is_off(c):
            off = f"{abs(100 * (c.estimate - 1)):.1f} %"
            return f"in {cell} its {NAMES[quantity]} off by {off}, over the margin"
    return None


def doubtful(outcome: Outcome) -> list[str]:
    """The cells beside the main one whose control is off by more than the margin."""
    controls = outcome.controls()
    main = best_known(outcome, controls)
    return [cell for cell, c in controls.items() if cell != main and _is_off(c)]


def best_known(outcome: Outcome, controls: dict[str, Comparison]) -> str | None:
    """The main cell among those with a control."""
    best = main_of(outcome.plan.cell(name) for name in controls)
    return best.id if best else None


def _is_off(control: Comparison) -> bool:
    return abs(control.estimate - 1) > MARGINS[control.quantity]
