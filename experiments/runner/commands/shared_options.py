"""Options that several subcommands have, each declared once.

Standard library only: --help needs no packages.
"""

import argparse
from pathlib import Path

from experiments.runner.paths import PRESETS
from experiments.runner.units import count, number_list
from experiments.runner.units import seconds as seconds_of


def add_preset(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, default: str = PRESETS[0]
) -> None:
    parser.add_argument(
        "--preset", choices=PRESETS, default=default, help="which build (default: %(default)s)"
    )


def add_duration(group: argparse._ArgumentGroup, quick: str, seconds: str, epochs: str) -> None:
    """How long to measure. The texts say what the options mean for the subcommand."""
    group.add_argument("--quick", action="store_true", help=quick)
    group.add_argument(
        "--seconds",
        type=seconds_of,
        metavar="DUR",
        help=f"time to measure for, for instance {seconds}",
    )
    group.add_argument(
        "--epochs", type=count, metavar="N", help=f"fresh starts of all servers{epochs}"
    )


def add_seed(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of every random order (default: from the clock, recorded)",
    )


def add_against(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help="earlier results: differences of the machine are flagged ENV",
    )


def add_where(group: argparse._ArgumentGroup) -> None:
    """Where results go, and on which cores and with which programs to measure."""
    group.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="results folder (default: results/<time>-<experiment>)",
    )
    group.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on with a run that was interrupted"
    )
    add_against(group)
    group.add_argument(
        "--server-cpus",
        type=number_list,
        metavar="N,N",
        help="cores of the servers (default: chosen)",
    )
    group.add_argument(
        "--generator-cpus",
        type=number_list,
        metavar="N,N",
        help="cores of the generator (default: chosen)",
    )
    group.add_argument(
        "--no-report",
        action="store_true",
        help="leave out figures and page; ./iolab report makes them later",
    )
    add_programs(group)


def add_programs(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--programs",
        type=Path,
        metavar="DIR",
        help="a folder of iolab's own programs, with servers.json, to use instead of building "
        "them",
    )
