"""./iolab compare: the servers side by side, as the options say."""

import argparse

from experiments.runner import setup
from experiments.runner.requirements import build_requirements, python_requirements


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(python_requirements() if options.programs else build_requirements() + python_requirements(), arguments)
    from experiments.runner.comparison import comparison
    from experiments.runner.session import hold

    return hold(lambda roster: comparison(options, roster), options, arguments)
