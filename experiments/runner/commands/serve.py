"""./iolab serve NAME [options of the server]"""

import argparse
import os
import sys

from experiments.runner import setup
from experiments.runner.requirements import build_requirements, python_requirements


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    """Replaces this process by the server, so that signals and the terminal are the server's own."""
    setup.ensure(build_requirements() + python_requirements(), arguments)
    from rich.console import Console

    from experiments.runner.build import build, configure
    from experiments.runner.roster import read_roster

    # Standard output belongs to the server: its first line is its banner.
    console = Console(stderr=True, highlight=False)
    server = read_roster(configure(options.preset, console)).get(options.name)
    build(options.preset, console, [server.program.name])
    sys.stdout.flush()
    os.execv(server.program, [str(server.program), *options.options])
