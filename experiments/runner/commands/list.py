"""./iolab list"""

import argparse

from experiments.runner import setup
from experiments.runner.requirements import build_requirements, python_requirements


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(build_requirements() + python_requirements(), arguments)
    from rich.table import Table

    from experiments.runner.build import configure
    from experiments.runner.console import make_console
    from experiments.runner.roster import headline, read_roster

    console = make_console()
    roster = read_roster(configure("release", console))
    if options.names:
        print("\n".join(roster.names()))
        return 0
    default = {server.name for server in headline(roster)}
    table = Table("server", "pattern", "written", "engine", "protocols", "dispatch", "source")
    for s in roster.servers:
        name = f"{s.name} *" if s.name in default else s.name
        table.add_row(name, s.pattern, s.written, s.engine, " ".join(s.protocols), " ".join(s.dispatch), s.source)
    console.print(table)
    console.print("* compared by default. Run one with ./iolab serve NAME, all its options with ./iolab serve NAME --help.")
    return 0
