"""The subcommands, their help texts and options. Standard library only: --help needs no packages."""

import argparse
from collections.abc import Callable
from pathlib import Path

from experiments.runner.units import count, duration_s, number_list

PRESETS = ("release", "dev", "asan", "tsan")


def _no_options(_parser: argparse.ArgumentParser) -> None:
    pass


def _build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=PRESETS, default="release", help="which build (default: %(default)s)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="programs to build (default: all)")


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", action="store_true", help="names only, one a line")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=PRESETS, default="release", help="which build (default: %(default)s)")
    parser.add_argument("name", metavar="NAME", help="a server of ./iolab list")
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, help="passed on to the server; NAME --help lists them"
    )


def _lint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--changed", action="store_true", help="only files that differ from the branch's upstream")
    parser.add_argument("--fix", action="store_true", help="let clang-format rewrite the files")
    parser.add_argument("--no-tidy", action="store_true", help="leave out clang-tidy, the slow part")


def _test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", choices=("dev", "asan", "python"), action="append", help="run only this part; repeatable"
    )
    parser.add_argument("--ci", action="store_true", help="a skip that tests/expected-skips.txt does not expect fails")
    parser.add_argument("-k", "--filter", metavar="REGEX", help="only C++ tests whose name matches")


def _compare(parser: argparse.ArgumentParser) -> None:
    _who(parser.add_argument_group("who is compared"))
    _what(parser.add_argument_group("what is measured"))
    _how_long(parser.add_argument_group("how long"))
    _where(parser.add_argument_group("where"))


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="of experiments/catalog, or a file ending in .toml (default: list them)")
    long = parser.add_argument_group("how long")
    long.add_argument("--quick", action="store_true", help="about a quarter of the time; a cell's own slice length stays")
    long.add_argument("--seconds", type=duration_s, metavar="DUR", help="time to measure for, for instance 10m (default: the file's)")
    long.add_argument("--epochs", type=count, metavar="N", help="fresh starts of all servers (default: the file's)")
    _seed(long)
    _where(parser.add_argument_group("where"))


def _who(who: argparse._ArgumentGroup) -> None:
    who.add_argument(
        "--servers",
        default="headline",
        metavar="A,B,C",
        help="names of ./iolab list, 'all', or 'headline': of each pattern one written with a library, one from scratch",
    )
    who.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="TEXT",
        help="one more contestant, 'NAME=SERVER OPTIONS', such as 'stalls=reactor-libevent --work every=40000,block=200ms'; repeatable",
    )
    who.add_argument("--reference", metavar="NAME", help="what ratios refer to (default: reactor-libevent, else the first)")
    who.add_argument("--server-options", default="", metavar="TEXT", help="options passed to every server, as one text")


def _what(what: argparse._ArgumentGroup) -> None:
    what.add_argument("--protocols", default="echo,framed", metavar="P,P", help="echo, framed or both (default: both)")
    what.add_argument(
        "--connections", type=number_list, metavar="N,N", help="connection counts of the echo cells (default: 1,10,100,1000)"
    )
    what.add_argument("--depths", type=number_list, metavar="N,N", help="requests in flight in the framed cells (default: 1,16)")
    what.add_argument("--size", type=count, default=68, metavar="BYTES", help="message size on the wire (default: 68)")
    what.add_argument(
        "--rates", type=number_list, metavar="N,N", help="open-loop offered loads per second; 0 = no open loop (default: a ladder)"
    )
    what.add_argument("--threads", type=count, default=1, metavar="N", help="threads of each server (default: 1)")


def _how_long(long: argparse._ArgumentGroup) -> None:
    long.add_argument("--quick", action="store_true", help="about 20 s of measuring instead of 90 s")
    long.add_argument("--seconds", type=duration_s, metavar="DUR", help="time to measure for, for instance 5m (default: 90s)")
    long.add_argument("--epochs", type=count, metavar="N", help="fresh starts of all servers")
    long.add_argument("--rounds", type=count, metavar="N", help="rounds of every cell in total, instead of sharing --seconds")
    long.add_argument("--slice", type=duration_s, metavar="DUR", help="length of one visit to one server, such as 50ms")
    _seed(long)


def _seed(long: argparse._ArgumentGroup) -> None:
    long.add_argument("--seed", type=int, metavar="N", help="of every random order (default: from the clock, recorded)")


def _where(where: argparse._ArgumentGroup) -> None:
    where.add_argument("--output", type=Path, metavar="DIR", help="results folder (default: results/<time>-<experiment>)")
    where.add_argument("--resume", type=Path, metavar="DIR", help="go on with a run that was interrupted")
    where.add_argument("--against", type=Path, metavar="DIR", help="earlier results: differences of the machine are flagged ENV")
    where.add_argument("--server-cpus", type=number_list, metavar="N,N", help="cores of the servers (default: chosen)")
    where.add_argument("--generator-cpus", type=number_list, metavar="N,N", help="cores of the generator (default: chosen)")
    where.add_argument("--no-report", action="store_true", help="leave out figures and page; ./iolab report makes them later")
    where.add_argument("--programs", type=Path, metavar="DIR", help="a build folder with servers.json to use as it is")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, metavar="DIR", help="a results folder, such as results/latest")
    parser.add_argument("--against", type=Path, metavar="DIR", help="earlier results: differences of the machine are flagged ENV")


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "compare": ("measure the servers side by side, print the table, write the report", _compare),
    "run": ("carry out an experiment of the catalog the same way; without a name, list them", _run),
    "report": ("derive and draw again from a results folder, without servers", _report),
    "list": ("the servers, with pattern and engine, and the experiments", _list),
    "serve": ("run one server in the foreground", _serve),
    "build": ("configure and compile", _build),
    "test": ("build and run every test: C++ in dev and again under asan, then Python", _test),
    "lint": ("clang-format, clang-tidy, pyflakes; lists long functions and files", _lint),
    "doctor": ("what this machine can and cannot measure, and why", _no_options),
}
