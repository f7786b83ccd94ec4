"""./iolab build: configure and compile."""

import argparse

from experiments.runner.commands.shared_options import add_preset
from experiments.runner.ready.requirements import Requirement, everything

HELP = "configure and compile"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_preset(parser)
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="programs to build (default: all)"
    )


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    from experiments.runner.console import make_console
    from experiments.runner.ready.build import build

    console = make_console()
    folder = build(options.preset, console, options.targets)
    console.print(f"programs are in {folder / 'bin'}")
    return 0
