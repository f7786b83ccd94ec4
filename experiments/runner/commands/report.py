"""./iolab report DIR: derives and draws again what a results folder holds, without a server."""

import argparse
from pathlib import Path

from experiments.runner import setup
from experiments.runner.errors import usage
from experiments.runner.requirements import python_requirements


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(python_requirements(), arguments)
    from experiments.runner.console import make_console
    from experiments.runner.reporting import derive_and_report

    results: Path = options.results.resolve()
    for name in ("plan.json", "slices.jsonl"):
        if not (results / name).is_file():
            raise usage(f"{options.results} is no results folder: it has no {name}")
    derive_and_report(results, make_console(), options.against)
    return 0
