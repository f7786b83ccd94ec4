"""./iolab run NAME: an experiment of the catalog."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.runner.commands.shared_options import add_duration, add_seed, add_where
from experiments.runner.errors import usage
from experiments.runner.ready.requirements import Requirement, everything, python_requirements

if TYPE_CHECKING:
    from experiments.runner.plan.experiment import Experiment

HELP = "carry out an experiment of the catalog the same way; without a name, list them"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="of experiments/catalog, or a file ending in .toml (default: list them)",
    )
    how_long = parser.add_argument_group("how long")
    add_duration(
        how_long,
        quick="about a quarter of the time; a cell's own slice length stays",
        seconds="10m (default: the file's)",
        epochs=" (default: the file's)",
    )
    add_seed(how_long)
    add_where(parser.add_argument_group("where"))


def needs(options: argparse.Namespace) -> list[Requirement]:
    return python_requirements() if _lists(options) or options.programs else everything()


def _lists(options: argparse.Namespace) -> bool:
    """Without a name the experiments are listed."""
    return not (options.name or options.resume)


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    """Carries out one experiment, goes on with one, or, without a name, lists them all."""
    if _lists(options):
        return _list()
    from experiments.runner.commands.measurement import measure
    from experiments.runner.plan.catalog import find_experiment

    if options.resume and options.name:
        raise usage("--resume goes on with the experiment of that folder; leave out the name")
    experiment = _adapted(find_experiment(options.name), options) if options.name else None
    return measure(lambda _roster: experiment, options, arguments)


def _adapted(experiment: "Experiment", options: argparse.Namespace) -> "Experiment":
    """The experiment with the duration that the options ask for."""
    from experiments.runner.plan.experiment import quickly

    if options.quick:
        experiment = quickly(experiment)
    return replace(
        experiment,
        seconds=options.seconds or experiment.seconds,
        epochs=options.epochs or experiment.epochs,
    )


def _list() -> int:
    from experiments.runner.commands.listing import show_experiments
    from experiments.runner.console import make_console

    show_experiments(make_console())
    return 0
