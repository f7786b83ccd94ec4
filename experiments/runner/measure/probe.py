"""System calls, context switches and memory: short extra slices after the comparison, never during
it.

Calls and switches are counted over a short and over a long run with the same connections, in an
open loop at the cell's rate; the difference between the two is free of what connecting and
disconnecting cost. Only a counter that disturbs needs runs of its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.measure.counters import Counter, best_counter
from experiments.runner.measure.generator import command, generating
from experiments.runner.measure.lines import Probe, Slice
from experiments.runner.measure.record import Recorder
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.measure.servers import ContestantProgram, running
from experiments.runner.plan.plan import Cell, Plan, closed_cell, with_idle
from experiments.runner.typed_json import from_json

SLICE_S = 0.05
SHORT_ROUNDS, LONG_ROUNDS = 1, 6
# Warm-up is counted by the kernel but not by the generator, so there must be next to none.
WARMUP_S = 0.001

# Traced, a server is so slow that many connections would wait for seconds. It keeps up with no
# schedule either, and finds more to do at once than it would untraced.
MOST_FOR_STRACE = 100
# Memory comes in pages: fewer connections than this do not show what one of them takes.
LEAST_FOR_MEMORY = 1000

SHARED = "several processes own its socket, so none is charged"


@dataclass(frozen=True)
class Memory:
    """Of a process: its proportional share of all memory, and the same without mapped files.

    A library weighs less as soon as the generator maps it, too; what is its own does not.
    """

    pss_bytes: int
    own_bytes: int


@dataclass
class Counts:
    """What one contestant did in one run of the generator."""

    messages: int = 0
    calls: int = 0
    switches: int = 0
    memory: Memory | None = None


# By contestant.
RunCounts = dict[str, Counts]


def probe(
    plan: Plan,
    cells: Iterable[Cell],
    contestants: list[ContestantProgram],
    loadgen: Path,
    recorder: Recorder,
) -> None:
    """Records one Probe for each cell and contestant. Where nothing could be counted, `why_not`
    says why.

    These figures are an extra: a run that fails here does not fail the measurement.
    """
    allowed = best_counter()
    for cell in cells:
        mine = [one for one in contestants if cell.protocol in one.server.protocols]
        counter = allowed if may_count(allowed, cell) else None
        settings = (cell.protocol, plan.threads, plan.server_cpus, plan.server_options)
        with running(mine, *settings) as started:
            servers = [server for server in started.values() if server.pid]
            try:
                found = _probe_cell(plan, cell, servers, loadgen, counter)
            except Failure as failure:
                found = [Probe(cell.id, one.name, why_not=failure.message) for one in servers]
        shared = [one for one in started.values() if not one.pid]
        for one in [*found, *(Probe(cell.id, each.name, why_not=SHARED) for each in shared)]:
            recorder.write(one)


def may_count(counter: type[Counter] | None, cell: Cell) -> bool:
    """True where the counter leaves the server doing what it is measured for."""
    if counter is None or not counter.disturbs:
        return True
    return cell.mode == "closed" and cell.held <= MOST_FOR_STRACE


def _probe_cell(
    plan: Plan,
    cell: Cell,
    servers: list[RunningServer],
    loadgen: Path,
    counter: type[Counter] | None,
) -> list[Probe]:
    grown = _memory_per_connection(plan, cell, servers, loadgen)
    both = (SHORT_ROUNDS, LONG_ROUNDS)
    counted = [_run(plan, cell, servers, loadgen, rounds, counter) for rounds in both]
    plain = counted
    if counter and counter.disturbs:
        plain = [_run(plan, cell, servers, loadgen, rounds, None) for rounds in both]
    return [
        Probe(
            cell=cell.id,
            contestant=name,
            why_not=None if counter else "neither perf nor strace may count this here",
            counted_by=counter.name if counter else None,
            syscalls_per_message=_per_message(counted, name, "calls") if counter else None,
            context_switches_per_message=_per_message(plain, name, "switches"),
            pss_bytes=_pss_bytes(plain[1][name].memory),
            pss_per_connection_bytes=grown.get(name),
        )
        for name in (server.name for server in servers)
    ]


def _memory_per_connection(
    plan: Plan, cell: Cell, servers: list[RunningServer], loadgen: Path
) -> dict[str, int]:
    """By how much each server grew per idle connection that has exchanged one message.

    All but one of the cell's connections are idle for that. Only many make it visible.
    """
    if cell.held < LEAST_FOR_MEMORY:
        return {}
    before = {server.name: read_memory(server.pid) for server in servers}
    idle = with_idle(closed_cell(cell.protocol, 1, 1, cell.size), cell.held - 1)
    words = command(loadgen, idle, servers, SLICE_S, SHORT_ROUNDS, plan.seed, WARMUP_S)
    counts = _follow(words, plan, servers)
    grown = {}
    for name, old in before.items():
        new = counts[name].memory
        if old is not None and new is not None:
            grown[name] = round((new.own_bytes - old.own_bytes) / cell.held)
    return grown


def _per_message(runs: list[RunCounts], name: str, what: str) -> float | None:
    """The difference between a long and a short run, per message.

    None where it drowns in what differs between two runs anyway.
    """
    short, long = (counts[name] for counts in runs)
    messages = long.messages - short.messages
    events = getattr(long, what) - getattr(short, what)
    return float(f"{events / messages:.4g}") if messages > 0 and events >= 0 else None


def _run(
    plan: Plan,
    cell: Cell,
    servers: list[RunningServer],
    loadgen: Path,
    rounds: int,
    counter: type[Counter] | None,
) -> RunCounts:
    """One run of the generator; what each server did meanwhile."""
    words = command(loadgen, cell, servers, SLICE_S, rounds, plan.seed, WARMUP_S)
    before = {s.name: voluntary_switches(s.pid) for s in servers}
    calls: dict[int, int] = {}
    if counter is None:
        counts = _follow(words, plan, servers)
    else:
        with counter([s.pid for s in servers]) as counting:
            counts = _follow(words, plan, servers)
        calls = counting.calls
    for server in servers:
        mine = counts[server.name]
        mine.switches = voluntary_switches(server.pid) - before[server.name]
        mine.calls = calls.get(server.pid, 0)
    return counts


def _follow(words: list[str], plan: Plan, servers: list[RunningServer]) -> RunCounts:
    """Runs the generator to its end. Raises Failure when it complains."""
    counts = {server.name: Counts() for server in servers}
    with generating(words, plan.generator_cpus) as generator:
        for line in generator.lines():
            if line.get("kind") == "slice":
                one = from_json(Slice, line)
                counts[one.target].messages += one.messages
                for server in servers:
                    counts[server.name].memory = read_memory(server.pid)
        complaint = generator.complaint()
    if complaint:
        raise Failure(complaint.text)
    return counts


def voluntary_switches(pid: int) -> int:
    """Voluntary context switches of all threads of a process so far; 0 where /proc has none."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        try:
            found = re.search(
                r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.MULTILINE
            )
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total


def read_memory(pid: int) -> Memory | None:
    """None where it cannot be read: the process is gone, or the kernel tells no parts."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    found = dict(re.findall(r"^(Pss|Pss_File):\s*(\d+) kB", text, re.MULTILINE))
    if len(found) < 2:
        return None
    return Memory(int(found["Pss"]) * 1024, (int(found["Pss"]) - int(found["Pss_File"])) * 1024)


def _pss_bytes(memory: Memory | None) -> int | None:
    return memory.pss_bytes if memory else None
