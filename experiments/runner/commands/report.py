"""./iolab report DIR: derives and draws again what a results folder holds, without a server."""

import argparse
from pathlib import Path

from experiments.runner.commands.shared_options import add_against
from experiments.runner.errors import usage
from experiments.runner.ready.requirements import Requirement, python_requirements

HELP = "derive and draw again from a results folder, without servers"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "results", type=Path, metavar="DIR", help="a results folder, such as results/latest"
    )
    add_against(parser)


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return python_requirements()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    from experiments.runner.commands.reporting import derive_and_report
    from experiments.runner.console import make_console

    results: Path = options.results.resolve()
    for name in ("plan.json", "slices.jsonl"):
        if not (results / name).is_file():
            raise usage(f"{options.results} is no results folder: it has no {name}")
    derive_and_report(results, make_console(), options.against)
    return 0
