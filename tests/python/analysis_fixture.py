"""A made-up, seeded analysis.json that looks like a real one; test data for plots/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from made_up_cells import (
    CAPACITY,
    CLOSED,
    RATES,
    REFERENCE,
    ROSTER,
    STALLS,
    UTILISATIONS,
    Generator,
    breaking_loads,
    heat,
)

from experiments.runner.plan.margins import MARGINS

FINDINGS = [
    {
        "kind": "main cell",
        "text": "echo, 100 connections: emulated-asio costs 1.02 times the CPU of reactor-libevent "
        "(95 % interval 1.01 to 1.03), a small difference.",
    },
    {
        "kind": "main cell",
        "text": "echo, 100 connections: proactor-asio costs 1.17 times the CPU of reactor-libevent "
        "(95 % interval 1.16 to 1.18), slower.",
    },
    {
        "kind": "resolution",
        "text": "The A/A control lies at 1.001 (0.993 to 1.008): "
        "differences above 1 % are resolved in this measurement.",
    },
]


def analysis(
    servers: int = 3, open_loop: bool = False, seed: int = 1, rounds: int = 25
) -> dict[str, Any]:
    """The whole derived/analysis.json with that many contestants."""
    generator = Generator(seed, rounds)
    first = [ROSTER[0], ROSTER[3], ROSTER[6]]
    chosen = first[:servers] if servers <= 3 else ROSTER[:servers]
    cells = [generator.cell(chosen, *workload, None) for workload in CLOSED]
    if open_loop:
        cells += [generator.cell(chosen, "echo", 100, 1, rate) for rate in RATES]
        cells += [
            generator.cell(chosen, "echo", 100, 1, share * CAPACITY, share)
            for share in UTILISATIONS
        ]
    cells[2]["results"][1]["flags"] = ["UNSTABLE"]
    control = described(chosen[0]) | {"name": f"{REFERENCE}#control", "control": True}
    return {
        "schema": 3,
        "experiment": "compare",
        "title": "",
        "question": "",
        "look_for": "",
        "reference": REFERENCE,
        "control": f"{REFERENCE}#control",
        "margins": {str(quantity): margin for quantity, margin in MARGINS.items()},
        "findings": FINDINGS,
        "warnings": [
            {
                "flag": "UNSTABLE",
                "cell": "echo-c100-d1",
                "contestant": chosen[min(1, len(chosen) - 1)][0],
                "figure": "trend 14 % over the measurement",
                "text": "The rounds drift by 14 % from first to last; compare ratios only.",
            }
        ],
        "command": "./iolab compare",
        "quick": False,
        "valid": True,
        "interrupted": None,
        "seed": seed,
        "started": "2026-11-22T18:00:00Z",
        "duration_s": 90.1,
        "contestants": [*map(described, chosen), control],
        "cells": cells,
        "breaking_loads": breaking_loads(cells[-1]["results"]) if open_loop else [],
        "stalls": STALLS if open_loop else [],
        "heat": heat(cells[-2]) if open_loop else None,
    }


def described(server: tuple) -> dict[str, Any]:
    """A roster line as the analysis has it."""
    name, pattern, written, engine, _, _ = server
    return {
        "name": name,
        "pattern": pattern,
        "engine": engine,
        "written": written,
        "source": f"{name}.cpp",
        "options": "",
        "control": False,
        "available": True,
        "why_not": None,
    }


def write_results(folder: Path, content: dict[str, Any]) -> Path:
    """A results folder around an analysis: manifest, plan and a few raw slices."""
    (folder / "derived").mkdir(parents=True)
    (folder / "derived" / "analysis.json").write_text(json.dumps(content))
    (folder / "plan.json").write_text(
        json.dumps({"schema": 1, "seed": 1, "slice_ms": 100, "rounds": 25, "epochs": 2})
    )
    manifest = {
        "schema": 1,
        "git": {"commit": "2f89398", "dirty": False},
        "compiler": {"id": "GNU 12.2.0", "flags": "-O2 -DNDEBUG"},
        "libraries": {"boost": "1.81", "libevent": "2.1.12", "liburing": "2.3"},
        "kernel": "Linux 6.18.0 x86_64",
        "cpu": {"model": "Some CPU", "count": 2, "mitigations": ["spectre_v2: retpolines"]},
        "affinity": {"servers": [0], "generator": [1]},
        "limits": {"nofile": 1048576, "memlock": None},
        "command": ["./iolab", "compare"],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    slices = [
        {"schema": 1, "kind": "slice", "round": place, "cell": "echo-c100-d1"}
        for place in range(20)
    ]
    (folder / "slices.jsonl").write_text("".join(json.dumps(line) + "\n" for line in slices))
    return folder
