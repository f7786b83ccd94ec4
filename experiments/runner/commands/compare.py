"""./iolab compare: the servers side by side, as the options say."""

import argparse

from experiments.runner.commands.shared_options import add_duration, add_seed, add_where
from experiments.runner.ready.requirements import Requirement, everything, python_requirements
from experiments.runner.units import count, duration_s, number_list, size_bytes

HELP = "measure the servers side by side, print the table, write the report"


def add_options(parser: argparse.ArgumentParser) -> None:
    _who(parser.add_argument_group("who is compared"))
    _what(parser.add_argument_group("what is measured"))
    _how_long(parser.add_argument_group("how long"))
    add_where(parser.add_argument_group("where"))


def _who(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--servers",
        default="headline",
        metavar="A,B,C",
        help="names of ./iolab list, 'all', or 'headline': of each pattern one written "
        "with a library, one from scratch (default); '' is none",
    )
    group.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="TEXT",
        help="one more contestant, 'NAME=SERVER OPTIONS', such as "
        "'stalls=reactor-libevent --work every=40000,block=200ms'; repeatable",
    )
    group.add_argument(
        "--program",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="one more contestant, a program of yours, such as 'mine=./my-server --port {port}': "
        "started in this folder, judged on the wire only, its CPU that of the process that "
        "listens; {port} is a free port (without it the port is found out), {protocol} echo or "
        "framed, {threads} what --threads says; repeatable",
    )
    group.add_argument(
        "--reference",
        metavar="NAME",
        help="what ratios refer to (default: reactor-libevent, else the first)",
    )
    group.add_argument(
        "--server-options",
        default="",
        metavar="TEXT",
        help="options passed to every server, as one text; not to a --program",
    )


def _what(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--protocols",
        metavar="P,P",
        help="echo, framed or both (default: both; echo with a --program whose command does "
        "not have {protocol})",
    )
    group.add_argument(
        "--connections",
        type=number_list,
        metavar="N,N",
        help="connection counts of the echo cells (default: 1,10,100,1000)",
    )
    group.add_argument(
        "--idle",
        type=count,
        default=0,
        metavar="N",
        help="more connections to each server in every cell, without traffic (default: none); "
        "opening thousands takes seconds for each cell and epoch",
    )
    group.add_argument(
        "--depths",
        type=number_list,
        metavar="N,N",
        help="requests in flight in the framed cells (default: 1,16)",
    )
    group.add_argument(
        "--size",
        type=size_bytes,
        default=68,
        metavar="SIZE",
        help="message size on the wire, such as 68 or 4KiB (default: 68)",
    )
    group.add_argument(
        "--rates",
        type=number_list,
        metavar="N,N",
        help="open-loop offered loads in requests per second; 0 = no open loop (default: a ladder "
        "of four)",
    )
    group.add_argument(
        "--loads",
        type=number_list,
        metavar="N,N",
        help="open-loop offered loads in per cent of what the reference can carry, which is "
        "searched for first; the one of 70, or else the first, gets most of the time; 0 = none "
        "(default: 30,50,70,85,95, and none with --rates)",
    )
    group.add_argument(
        "--threads", type=count, default=1, metavar="N", help="threads of each server (default: 1)"
    )


def _how_long(group: argparse._ArgumentGroup) -> None:
    add_duration(
        group,
        quick="about 80 s in all instead of 3 minutes: wider intervals",
        seconds="5m (default: 140s)",
        epochs="",
    )
    group.add_argument(
        "--rounds",
        type=count,
        metavar="N",
        help="rounds of every cell in total, instead of sharing --seconds",
    )
    group.add_argument(
        "--slice",
        type=duration_s,
        metavar="DUR",
        help="length of one visit to one server, such as 50ms",
    )
    add_seed(group)


def needs(options: argparse.Namespace) -> list[Requirement]:
    return python_requirements() if options.programs else everything()


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    from experiments.runner.commands.measurement import measure
    from experiments.runner.plan.compare_options import experiment_from

    return measure(lambda roster: experiment_from(options, roster), options, arguments)
