"""./iolab list: the servers and the experiments there are."""

import argparse

from experiments.runner.ready.requirements import Requirement, everything

HELP = "the servers, with pattern and engine, and the experiments"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", action="store_true", help="names only, one a line")


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    from experiments.runner.commands.listing import show_experiments, show_servers
    from experiments.runner.console import make_console
    from experiments.runner.plan.roster import read_roster
    from experiments.runner.ready.build import configure

    console = make_console()
    roster = read_roster(configure("release", console))
    if options.names:
        print("\n".join(roster.names()))
        return 0
    show_servers(roster, console)
    show_experiments(console)
    return 0
