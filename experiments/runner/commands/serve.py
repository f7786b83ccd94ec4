"""./iolab serve NAME [options of the server]"""

import argparse

from experiments.runner.commands.shared_options import add_preset
from experiments.runner.ready.requirements import Requirement, everything

HELP = "run one server in the foreground"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_preset(parser)
    parser.add_argument("name", metavar="NAME", help="a server of ./iolab list")
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, help="passed on to the server; NAME --help lists them"
    )


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    """Replaces this process by the server, so that signals and terminal are the server's own."""
    from rich.console import Console

    from experiments.runner.plan.roster import read_roster
    from experiments.runner.ready.build import build, configure
    from experiments.runner.system.processes import become

    # Standard output belongs to the server: its first line is its banner.
    console = Console(stderr=True, highlight=False)
    server = read_roster(configure(options.preset, console)).get(options.name)
    build(options.preset, console, [server.program.name])
    become(server.program, options.options)
