"""The command line of ./iolab: one parser, one place where errors become one line and a status."""

import argparse
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from experiments.runner.errors import EXIT_INTERRUPTED, EXIT_USAGE, Failure
from experiments.runner.ready import setup

ALL_COMMANDS = (
    *("compare", "run", "report", "trace", "list", "serve", "check", "lab"),
    *("build", "test", "lint", "doctor"),
)
# The repository that a student of the labs gets has only some of them.
COMMANDS = tuple(
    name
    for name in ALL_COMMANDS
    if (Path(__file__).parent / "commands" / name).with_suffix(".py").is_file()
)

INTRODUCTION = """\
iolab compares Reactor, Proactor and emulated Proactor: the same echo and framed
server on each, measured side by side. Start with:
"""
EXAMPLES = (
    ("compare", "measure, print the table, write results/latest/report.html"),
    ("compare --quick", "the same in about 80 seconds, wider intervals"),
    ("run", "the experiments, each a question with its answer in the report"),
    ("trace", "watch one request: who performs the I/O, and when"),
    ("lab list", "the labs: write such servers yourself, with a checker"),
    ("check", "say what is wrong with a server of yours"),
    ("test", "build and run every test"),
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            EXIT_USAGE, f"{self.prog.removeprefix('./')}: {message} (see {self.prog} --help)\n"
        )


def parse(arguments: list[str]) -> argparse.Namespace:
    """The chosen subcommand with its options; ends the program on bad ones.

    `command` may be None.
    """
    parser = make_parser()
    chosen, unknown = parser.parse_known_args(arguments)
    if unknown:
        kind = "unknown option" if unknown[0].startswith("-") else "unexpected argument"
        name = f"./iolab {chosen.command}" if chosen.command else "./iolab"
        Parser(prog=name).error(f"{kind} {unknown[0]}")
    if chosen.command is None:
        parser.print_help()
    return chosen


def make_parser() -> Parser:
    parser = Parser(
        prog="./iolab",
        description=_description(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        command = _module(name)
        sub = commands.add_parser(
            name,
            help=command.HELP,
            description=command.HELP,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_options(sub)
    return parser


def _description() -> str:
    known = [(words, text) for words, text in EXAMPLES if words.split()[0] in COMMANDS]
    return INTRODUCTION + "".join(f"\n  ./iolab {words:18} {text}" for words, text in known)


class Stopped(KeyboardInterrupt):
    """SIGTERM or SIGHUP: stops like Ctrl-C does, with the signal's own exit status."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


def _stop_like_interrupt(number: int, _frame: object) -> NoReturn:
    raise Stopped(number)


def main(arguments: list[str]) -> int:
    """Runs one subcommand.

    Returns the exit status; prints failures as one line on standard error.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_like_interrupt)
    chosen = parse(arguments)
    if chosen.command is None:
        return EXIT_USAGE
    try:
        command = _module(chosen.command)
        setup.ensure(command.needs(chosen), arguments)
        return command.run(chosen, arguments)
    except Failure as failure:
        print(f"iolab: {failure.message}", file=sys.stderr)
        return failure.status
    except KeyboardInterrupt as interrupt:
        print("iolab: interrupted", file=sys.stderr)
        return getattr(interrupt, "status", EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if os.environ.get("IOLAB_DEBUG"):
            raise
        print(f"iolab: {error}", file=sys.stderr)
        return 1


def _module(name: str) -> ModuleType:
    """The module of a subcommand; see commands/ for what it has."""
    return import_module(f"experiments.runner.commands.{name}")
