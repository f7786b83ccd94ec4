"""From the raw record to derived/analysis.json, the one file that table and figures read."""

from pathlib import Path

from experiments.runner import findings, flags, manifest
from experiments.runner.entries import describe_cell
from experiments.runner.flags import Flag
from experiments.runner.outcome import Outcome, weigh
from experiments.runner.plan import Plan, read_plan
from experiments.runner.record import Record, read_record
from experiments.runner.verdicts import MARGINS

SCHEMA = 1


def weigh_results(results: Path) -> Outcome:
    """All comparisons of a results folder."""
    return weigh(read_plan(results), read_record(results))


def analyse(outcome: Outcome, about: dict, against: Path | None = None) -> dict:
    """The content of analysis.json. The same results give the same analysis, byte for byte.

    `about` is the manifest, `against` other results whose circumstances are compared.
    """
    plan, record = outcome.plan, outcome.record
    raised = _flags(outcome, about, against)
    return {
        "schema": SCHEMA,
        "experiment": plan.experiment,
        "title": plan.title,
        "question": plan.question,
        "look_for": plan.look_for,
        "reference": plan.reference,
        "control": plan.control,
        "margins": plan.margins or MARGINS,
        "findings": findings.sentences(outcome),
        "warnings": [_warning(flag) for flag in raised],
        "valid": findings.why_invalid(outcome) is None,
        "interrupted": record.interrupted,
        "command": plan.command,
        "seed": plan.seed,
        "quick": plan.quick,
        "started": record.sessions[0]["started"] if record.sessions else None,
        "duration_s": round(sum(end["duration_s"] for end in record.ends), 3),
        "servers": _servers(plan, record, about),
        "cells": [describe_cell(outcome, data, raised) for data in outcome.cells],
    }


def _flags(outcome: Outcome, about: dict, against: Path | None) -> list[Flag]:
    plan, record = outcome.plan, outcome.record
    raised = flags.unavailable(record.unavailable) + flags.failures(record.failures)
    raised += flags.environment(about.get("resumed_differently", []), "the first part of this run")
    raised += flags.environment(manifest.not_in_effect(plan, about), "the plan")
    if against is not None:
        raised += flags.environment(manifest.differences(about, manifest.read(against)), str(against))
    for data in outcome.cells:
        raised += flags.of_cell(data, plan.threads)
    return raised


def _warning(flag: Flag) -> dict:
    return {"flag": flag.flag, "cell": flag.cell, "server": flag.server, "figure": flag.figure, "text": flag.text}


def _servers(plan: Plan, record: Record, about: dict) -> list[dict]:
    """The contestants and, after them, who was refused before the plan was made."""
    known = {server["name"]: server for server in about.get("servers", [])}
    entrants = [(e.name, e.name.removesuffix("#control"), e.control) for e in plan.entrants]
    entrants += [(name, name, False) for name in record.unavailable if name not in {e.name for e in plan.entrants}]
    found = []
    for name, program, control in entrants:
        facts = {key: known.get(program, {}).get(key) for key in ("pattern", "engine", "written", "source", "options")}
        why_not = record.unavailable.get(name)
        found.append({"name": name, **facts, "control": control, "available": why_not is None, "why_not": why_not})
    return found
