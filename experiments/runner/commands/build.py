"""./iolab build"""

import argparse

from experiments.runner import setup
from experiments.runner.requirements import build_requirements, python_requirements


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(build_requirements() + python_requirements(), arguments)
    from experiments.runner.build import build
    from experiments.runner.console import make_console

    console = make_console()
    folder = build(options.preset, console, options.targets)
    console.print(f"programs are in {folder / 'bin'}")
    return 0
