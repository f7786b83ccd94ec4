"""./iolab doctor: what this machine can and cannot measure, and why."""

import argparse
import os
import platform
import sys
from collections.abc import Iterator

from experiments.runner.ready.requirements import Requirement, everything
from experiments.runner.system import affinity, machine

HELP = "what this machine can and cannot measure, and why"
GOOD, NOTE, BAD = "ok", "note", "PROBLEM"
Row = tuple[str, str, str]


def add_options(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything()


def run(_options: argparse.Namespace, _arguments: list[str]) -> int:
    """Prints one row per fact. Status 1 when something prevents measuring."""
    from rich.table import Table

    from experiments.runner.console import make_console

    console = make_console()
    rows = [*_machine(), *_limits(), *_tools(), *_servers(console)]
    table = Table("", "what", "found")
    colours = {GOOD: "green", NOTE: "yellow", BAD: "bold red"}
    for state, what, found in rows:
        table.add_row(f"[{colours[state]}]{state}[/]", what, found)
    console.print(table)
    return 1 if any(state == BAD for state, _, _ in rows) else 0


def _machine() -> Iterator[Row]:
    yield GOOD, "Python", f"{platform.python_version()} at {sys.executable}"
    yield GOOD, "system", f"{platform.system()} {platform.release()}"
    yield GOOD, "processor", machine.cpu_model()
    cpus = affinity.allowed_cpus()
    place = affinity.place(None, None, 1)
    if place.shared:
        count = len(cpus) or os.cpu_count()
        advice = "generator and servers share one, expect CLIENT-BOUND results"
        yield NOTE, "cores", f"{count}: {advice}"
    else:
        chosen = f"servers on CPU {place.servers[0]}, generator on CPU {place.generator[0]}"
        yield GOOD, "cores", f"{len(cpus)}: {chosen}"
    governor = machine.governor()
    if governor is not None:
        yield (GOOD if governor == "performance" else NOTE), "frequency governor", governor
    virtual = machine.virtualisation()
    if virtual not in (None, "none"):
        steal = 100 * (machine.steal_share() or 0)
        yield NOTE, "virtual machine", f"{virtual}; steal since boot {steal:.1f} %"
    load = machine.load_average()
    if load is not None:
        yield (NOTE if load > 0.5 else GOOD), "load average", f"{load:.2f}" + (
            ", something else is running" if load > 0.5 else ""
        )


def _limits() -> Iterator[Row]:
    limits = machine.limits()
    if "descriptors" in limits:
        hard = limits["descriptors"][1]
        enough = hard < 0 or hard >= 8192
        yield (GOOD if enough else NOTE), "descriptors", f"up to {hard}" + (
            "" if enough else ": too few for 1,000 connections to every server"
        )
    refusal = machine.io_uring_refusal()
    yield (
        NOTE,
        "io_uring",
        f"refused: {refusal}; servers on it are shown as unavailable",
    ) if refusal else (GOOD, "io_uring", "allowed")


def _tools() -> Iterator[Row]:
    perf, strace = machine.perf_refusal(), machine.strace_refusal()
    if perf is None:
        yield GOOD, "system calls per message", "counted by perf"
    elif strace is None:
        found = f"counted by strace, on a short run of its own ({perf})"
        yield NOTE, "system calls per message", found
    else:
        yield NOTE, "system calls per message", f"not counted: {perf}; {strace}"


def _servers(console) -> Iterator[Row]:
    """Starts every program of the roster that is built and says whether it listens."""
    from experiments.runner.errors import Failure
    from experiments.runner.measure.running_server import Unavailable
    from experiments.runner.measure.servers import ContestantProgram, running
    from experiments.runner.plan.roster import read_roster
    from experiments.runner.ready.build import configure

    for server in read_roster(configure("release", console)).servers:
        if not server.program.exists():
            yield NOTE, server.name, "not built yet: ./iolab build"
            continue
        try:
            with running([ContestantProgram(server.name, server)], server.protocols[0]) as started:
                engine = started[server.name].banner.engine or "?"
                yield GOOD, server.name, f"listens, engine {engine}"
        except Unavailable as refused:
            yield NOTE, server.name, f"unavailable: {refused.reason}"
        except Failure as failure:
            yield BAD, server.name, failure.message
