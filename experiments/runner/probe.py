"""System calls, context switches and memory: short extra slices after the comparison, never during it.

Calls and switches are counted over a short and over a long run with the same connections; the
difference between the two is free of what connecting and disconnecting cost.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from experiments.runner.counters import PerfCounter, StraceCounter, best_counter
from experiments.runner.errors import Failure
from experiments.runner.generator import command, generating
from experiments.runner.plan import Cell, Plan
from experiments.runner.record import Recorder
from experiments.runner.servers import Contestant, RunningServer, running

SLICE_S = 0.05
SHORT_ROUNDS, LONG_ROUNDS = 1, 6
# Warm-up is counted by the kernel but not by the generator, so there must be next to none.
WARMUP_S = 0.001

# Traced, a server is so slow that many connections would wait for seconds.
MOST_FOR_STRACE = 100
# Memory comes in pages: fewer connections than this do not show what one of them takes.
LEAST_FOR_MEMORY = 1000
UNKNOWN = dict.fromkeys(
    ("counted_by", "syscalls_per_message", "context_switches_per_message", "pss_bytes", "pss_per_connection_bytes")
)

Counts = dict[str, dict[str, float]]


def probe(plan: Plan, cells: Iterable[Cell], contestants: list[Contestant], loadgen: Path, recorder: Recorder) -> None:
    """Writes one `probe` line per cell and contestant. What could not be counted is null, `why_not` says why.

    These figures are an extra: a run that fails here does not fail the session.
    """
    allowed = best_counter()
    for cell in cells:
        entrants = [c for c in contestants if cell.protocol in c.server.protocols]
        counter = None if allowed is StraceCounter and cell.connections > MOST_FOR_STRACE else allowed
        with running(entrants, cell.protocol, plan.threads, plan.server_cpus, plan.server_options) as servers:
            try:
                found = _probe_cell(plan, cell, list(servers.values()), loadgen, counter)
            except Failure as failure:
                found = {name: {**UNKNOWN, "why_not": failure.message} for name in servers}
        for name, figures in found.items():
            recorder.write("probe", cell=cell.id, server=name, **figures)


def _probe_cell(
    plan: Plan, cell: Cell, servers: list[RunningServer], loadgen: Path, counter: type[PerfCounter] | type[StraceCounter] | None
) -> dict[str, dict]:
    grown = _memory_per_connection(plan, cell, servers, loadgen)
    plain = [_run(plan, cell, servers, loadgen, rounds, None) for rounds in (SHORT_ROUNDS, LONG_ROUNDS)]
    counted = [_run(plan, cell, servers, loadgen, rounds, counter) for rounds in (SHORT_ROUNDS, LONG_ROUNDS)] if counter else plain
    found = {}
    for server in servers:
        name = server.name
        found[name] = {
            "why_not": None if counter else "neither perf nor strace may count this here",
            "counted_by": counter.name if counter else None,
            "syscalls_per_message": _difference(counted, name, "calls") if counter else None,
            "context_switches_per_message": _difference(plain, name, "switches"),
            "pss_bytes": plain[1][name]["pss"],
            "pss_per_connection_bytes": grown.get(name),
        }
    return found


def _memory_per_connection(plan: Plan, cell: Cell, servers: list[RunningServer], loadgen: Path) -> dict[str, int]:
    """What each server grew by per idle connection that has exchanged one message. Needs a crowd to be seen."""
    if cell.connections < LEAST_FOR_MEMORY or cell.depth > 1:
        return {}
    before = {s.name: pss_bytes(s.pid) for s in servers}
    lone = replace(cell, connections=1)
    words = command(loadgen, lone, servers, SLICE_S, SHORT_ROUNDS, plan.seed, WARMUP_S)
    counts = _follow([*words, "--idle", str(cell.connections)], plan, servers)
    after = {name: count["pss"] for name, count in counts.items()}
    known = [name for name in before if before[name] is not None and after[name] is not None]
    return {name: round((after[name] - before[name]) / (cell.connections + 1)) for name in known}


def _difference(runs: list[Counts], name: str, what: str) -> float | None:
    """Per message, from a short and a long run."""
    messages = runs[1][name]["messages"] - runs[0][name]["messages"]
    events = runs[1][name][what] - runs[0][name][what]
    return float(f"{max(events, 0) / messages:.4g}") if messages > 0 else None


def _run(
    plan: Plan, cell: Cell, servers: list[RunningServer], loadgen: Path, rounds: int, counter: type | None
) -> dict[str, dict]:
    """One run of the generator; per server its messages, calls, switches and memory under load."""
    words = command(loadgen, cell, servers, SLICE_S, rounds, plan.seed, WARMUP_S)
    before = {s.name: voluntary_switches(s.pid) for s in servers}
    if counter is None:
        counts = _follow(words, plan, servers)
        calls = {}
    else:
        with counter([s.pid for s in servers]) as counting:
            counts = _follow(words, plan, servers)
        calls = counting.calls
    for server in servers:
        counts[server.name]["switches"] = voluntary_switches(server.pid) - before[server.name]
        counts[server.name]["calls"] = calls.get(server.pid, 0)
    return counts


def _follow(words: list[str], plan: Plan, servers: list[RunningServer]) -> dict[str, dict]:
    counts: dict[str, dict] = {s.name: {"messages": 0, "pss": None} for s in servers}
    with generating(words, plan.generator_cpus) as generator:
        for line in generator.lines():
            if line.get("kind") == "slice":
                counts[line["target"]]["messages"] += line["messages"]
                for server in servers:
                    counts[server.name]["pss"] = pss_bytes(server.pid)
        complaint = generator.complaint()
    if complaint:
        raise Failure(complaint)
    return counts


def voluntary_switches(pid: int) -> int:
    """Voluntary context switches of all threads of a process so far; 0 where /proc has none."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        try:
            found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total


def pss_bytes(pid: int) -> int | None:
    """The process's proportional share of memory, or None where it cannot be read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    found = re.search(r"^Pss:\s*(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
