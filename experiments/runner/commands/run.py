"""./iolab run NAME: an experiment of the catalog."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.runner import setup
from experiments.runner.errors import usage
from experiments.runner.requirements import build_requirements, python_requirements

if TYPE_CHECKING:
    from experiments.runner.experiment import Experiment


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    """Carries out one experiment, goes on with one, or, without a name, lists them all."""
    from experiments.runner.catalog import find_experiment

    if options.resume and options.name:
        raise usage("--resume goes on with the experiment of that folder; leave out the name")
    experiment = None if options.resume or not options.name else _adapted(find_experiment(options.name), options)
    listing = not (experiment or options.resume)
    setup.ensure(python_requirements() if listing or options.programs else build_requirements() + python_requirements(), arguments)
    if listing:
        return _list()
    from experiments.runner.session import hold

    return hold(lambda _roster: experiment, options, arguments)


def _adapted(experiment: "Experiment", options: argparse.Namespace) -> "Experiment":
    """The experiment as long as it is wished for."""
    from experiments.runner.experiment import quickly

    if options.quick:
        experiment = quickly(experiment)
    return replace(
        experiment,
        seconds=options.seconds or experiment.seconds,
        epochs=options.epochs or experiment.epochs,
    )


def _list() -> int:
    from experiments.runner.console import make_console
    from experiments.runner.listing import show_experiments

    show_experiments(make_console())
    return 0
