"""./iolab trace: who performs the I/O, and when, as the kernel recorded it."""

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.runner.commands.shared_options import add_preset, add_programs
from experiments.runner.errors import Failure, usage
from experiments.runner.ready.requirements import Requirement, everything, python_requirements
from experiments.runner.units import count

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.runner.measure.servers import ContestantProgram
    from experiments.runner.plan.plan import Contestant
    from experiments.runner.plan.roster import Roster, Server
    from experiments.runner.trace.session import Session

HELP = "watch one request go through the servers: who performs the I/O, and when"
# Functions stay whole and keep their frames there, so that handlers and source lines are found.
PRESET = "dev"
PAGE = "trace.html"


def add_options(parser: argparse.ArgumentParser) -> None:
    who = parser.add_argument_group("who is traced")
    who.add_argument(
        "servers",
        nargs="*",
        metavar="SERVER",
        help="names of ./iolab list, or 'all', which adds the baselines (default: the servers of "
        "the three patterns)",
    )
    who.add_argument(
        "--program",
        action="append",
        default=[],
        metavar="COMMAND",
        help="a program of yours, such as './mine {port}' or 'NAME=./mine {port}': {port} is a "
        "free port, {protocol} echo or framed; repeatable; without SERVER nothing else is traced",
    )
    who.add_argument(
        "--handler",
        action="append",
        default=[],
        metavar="NAME",
        help="a function that the event loop of a --program calls, such as Connection::on_read, to "
        "see when, and whether the bytes are there by then; repeatable",
    )
    what = parser.add_argument_group("what happens")
    what.add_argument(
        "--protocol", choices=("echo", "framed"), default="echo", help="default: %(default)s"
    )
    what.add_argument(
        "--scenario",
        default="one",
        metavar="NAME",
        help="one: a request (default); burst: 16 at once; halves: a message in two parts; large: "
        "a reply that the socket does not take; two: connections at once; idle: a timeout; close: "
        "the peer closes; cancel: a receive that is called off",
    )
    what.add_argument(
        "--messages",
        type=count,
        default=1,
        metavar="N",
        help="requests of scenario one, one after the other (default: %(default)s)",
    )
    where = parser.add_argument_group("where")
    where.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="results folder (default: results/<time>-trace)",
    )
    add_preset(where, PRESET)
    add_programs(where)


def needs(options: argparse.Namespace) -> list[Requirement]:
    return python_requirements() if options.programs else everything()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    """Traces each server, writes and draws what was found, prints the table."""
    from experiments.runner.console import make_console
    from experiments.runner.trace import scenarios, session
    from experiments.runner.trace.record.recorders import best_means

    console = make_console()
    scenario = scenarios.find(options.scenario, options.messages)
    if scenario.needs_options and options.program:
        raise usage(f"--scenario {scenario.name} needs options that only servers of iolab have")
    if options.handler and not options.program:
        raise usage("--handler is for a --program; those of iolab's servers are known")
    means = best_means()
    programs = _programs(options, console)
    if means.missing:
        console.print(f"recorded by {means.name}: {means.missing}", style="yellow", soft_wrap=True)
    tracing = session.Session(options.protocol, scenario, means, _version())
    with session.new_folder(options.output) as folder:
        return _trace(tracing, programs, folder, console)


def _trace(
    session: "Session", programs: "list[ContestantProgram]", folder: Path, console: "Console"
) -> int:
    from experiments.runner.measure.running_server import EXIT_UNAVAILABLE, Unavailable
    from experiments.runner.trace.model import Trace
    from experiments.runner.trace.session import write
    from experiments.runner.trace.table import show
    from plots.trace import write_pictures

    traces: list[Trace] = []
    failure = None
    for program in programs:
        try:
            trace, recording = session.trace(program)
        except Unavailable as refused:
            console.print(str(refused), style="yellow", markup=False, soft_wrap=True)
            continue
        except Failure as fault:
            failure = fault
            break
        for name in recording.unknown:
            text = f"{program.name} has no function {name}: its calls are not recorded"
            console.print(text, style="yellow", markup=False, soft_wrap=True)
        write(trace, recording, folder)
        traces.append(trace)
    if traces:
        page = write_pictures(folder, traces)
        show(traces, console)
        console.print(f"the pictures: {page}", markup=False, soft_wrap=True)
    if failure:
        raise failure
    return 0 if traces else EXIT_UNAVAILABLE


def _programs(options: argparse.Namespace, console: "Console") -> "list[ContestantProgram]":
    from experiments.runner.measure.servers import ContestantProgram
    from experiments.runner.plan.foreign import as_server
    from experiments.runner.plan.roster import read_roster
    from experiments.runner.ready.build import build, configure

    found = []
    if options.servers or not options.program:
        roster = read_roster(
            options.programs.resolve() if options.programs else configure(options.preset, console)
        )
        chosen = _chosen(roster, options.servers)
        for server in chosen:
            if options.protocol not in server.protocols:
                raise usage(f"{server.name} does not speak {options.protocol}")
        if not options.programs:
            names = [server.program.name for server in chosen if server.program]
            build(options.preset, console, names)
        found = [ContestantProgram(server.name, server) for server in chosen]
    for text in options.program:
        foreign = _foreign(text)
        server = replace(as_server(foreign, [options.protocol]), handlers=tuple(options.handler))
        found.append(ContestantProgram(foreign.name, server, command=foreign.command))
    names = [one.name for one in found]
    if bad := next((name for name in names if name in (".", "..", PAGE)), None):
        raise usage(f"a program cannot be called '{bad}'")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise usage(f"two are called {twice}: name a program with 'NAME=COMMAND'")
    return found


def _chosen(roster: "Roster", names: list[str]) -> "list[Server]":
    from experiments.runner.plan.roster import PATTERNS

    if "all" in names:
        return list(roster.servers)
    if not names:
        return [server for server in roster.servers if server.pattern in PATTERNS]
    return [roster.get(name) for name in dict.fromkeys(names)]


def _foreign(text: str) -> "Contestant":
    """NAME=COMMAND, or a command alone, which is called like its program."""
    from experiments.runner.plan.foreign import make_foreign

    name, equals, command = text.partition("=")
    if not equals or not re.fullmatch(r"[\w.-]+", name):
        words = text.split()
        name, command = re.sub(r"[^\w.-]", "-", Path(words[0]).name) if words else "", text
    return make_foreign(name, command)


def _version() -> str:
    """The commit of this iolab, with a + if it was changed since."""
    from experiments.runner.measure.manifest import git_state

    state = git_state()
    return f"{(state.commit or 'unknown')[:12]}{'+' if state.dirty else ''}"
