"""From the raw record to the analysis, which is all that tables and figures read."""

from pathlib import Path

from experiments.runner.judge import flags, platform
from experiments.runner.judge.cell_results import breaking_loads, measured_cell
from experiments.runner.judge.control import why_invalid
from experiments.runner.judge.outcome import Outcome, weigh
from experiments.runner.judge.sentences import findings
from experiments.runner.measure import manifest
from experiments.runner.measure.manifest import Entered, Manifest
from experiments.runner.measure.record import read_record
from experiments.runner.plan.margins import MARGINS
from experiments.runner.plan.plan import read_plan
from experiments.runner.results.model import SCHEMA, Analysis, ContestantFacts, Warning


def weigh_results(results: Path) -> Outcome:
    """All comparisons of a results folder."""
    return weigh(read_plan(results), read_record(results), results)


def analyse(outcome: Outcome, about: Manifest, against: Path | None = None) -> Analysis:
    """What was measured, as a reader wants it. The same results give the same analysis.

    `against` are other results whose circumstances are compared with those of `about`.
    """
    plan, record = outcome.plan, outcome.record
    raised = _warnings(outcome, about, against)
    return Analysis(
        schema=SCHEMA,
        experiment=plan.experiment,
        title=plan.title,
        question=plan.question,
        look_for=plan.look_for,
        reference=plan.reference,
        control=plan.control,
        margins={str(name): margin for name, margin in (plan.margins or MARGINS).items()},
        findings=findings.find(outcome),
        warnings=tuple(raised),
        valid=why_invalid(outcome) is None,
        interrupted=record.interrupted,
        command=plan.command,
        seed=plan.seed,
        quick=plan.quick,
        started=record.starts[0].started if record.starts else None,
        duration_s=round(sum(end.duration_s for end in record.ends), 3),
        contestants=tuple(_contestants(outcome, about)),
        cells=tuple(measured_cell(outcome, data, raised) for data in outcome.cells),
        breaking_loads=tuple(breaking_loads(outcome)),
        stalls=platform.stalls(outcome),
        heat=platform.heat(outcome, outcome.results) if outcome.results else None,
    )


def _warnings(outcome: Outcome, about: Manifest, against: Path | None) -> list[Warning]:
    plan, record = outcome.plan, outcome.record
    raised = flags.unavailable(record.unavailable) + flags.failures(record.failures)
    raised += flags.uncharged(plan, outcome.cells)
    raised += flags.environment(about.resumed_differently, "the first part of this run")
    raised += flags.environment(manifest.not_in_effect(plan, about), "the plan")
    if against is not None:
        differing = manifest.differences(about, manifest.read(against))
        raised += flags.environment(differing, str(against))
    raised += flags.of_machine(outcome.cells)
    raised += flags.stalled(platform.stalls(outcome))
    for data in outcome.cells:
        raised += flags.of_cell(data, plan.threads)
    return raised


def _contestants(outcome: Outcome, about: Manifest) -> list[ContestantFacts]:
    """Those of the plan and, after them, who was refused before the plan was made.

    The control is the reference once more: the manifest knows it under that name.
    """
    plan, unavailable = outcome.plan, outcome.record.unavailable
    known = {one.name: one for one in about.contestants}
    found = []
    for one in plan.contestants:
        entered = known.get(plan.reference if one.control else one.name)
        found.append(_facts(one.name, entered, one.control, unavailable.get(one.name)))
    planned = {one.name for one in plan.contestants}
    for name, why_not in unavailable.items():
        if name not in planned:
            found.append(_facts(name, known.get(name), False, why_not))
    return found


def _facts(
    name: str, entered: Entered | None, control: bool, why_not: str | None
) -> ContestantFacts:
    return ContestantFacts(
        name=name,
        pattern=entered and entered.pattern,
        engine=entered and entered.engine,
        written=entered and entered.written,
        source=entered and entered.source,
        options=entered.options if entered else None,
        control=control,
        available=why_not is None,
        why_not=why_not,
        command=entered.command if entered else "",
    )
