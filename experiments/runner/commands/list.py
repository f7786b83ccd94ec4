"""./iolab list"""

import argparse

from experiments.runner import setup
from experiments.runner.requirements import build_requirements, python_requirements


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(build_requirements() + python_requirements(), arguments)
    from experiments.runner.build import configure
    from experiments.runner.console import make_console
    from experiments.runner.listing import show_experiments, show_servers
    from experiments.runner.roster import read_roster

    console = make_console()
    roster = read_roster(configure("release", console))
    if options.names:
        print("\n".join(roster.names()))
        return 0
    show_servers(roster, console)
    show_experiments(console)
    return 0
