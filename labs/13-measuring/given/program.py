"""Your files at work: python3 labs/13-measuring/given/program.py WORK figure | closed | open

`figure` draws the recording, or a results folder of ./iolab run; `closed` and `open` measure an
echo server on this machine with your loops. WORK is the folder with your files.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from recording import read_recording, read_results
from sockets import NUMBER, Sockets
from world import Run, Window

PATIENCE_S = 5.0


def main() -> int:
    options = _options()
    sys.path.append(str(options.work))
    if options.action == "figure":
        file = options.work / "latency.png"
        slices = read_results(options.results) if options.results else read_recording()
        _figure().write(slices, file)
        print(file)
        return 0
    try:
        _tell(_measure(options))
    except OSError as error:
        sys.exit(f"port {options.port}: {error.strerror or error}")
    return 0


def _figure() -> ModuleType:
    try:
        return import_module("figure")
    except ModuleNotFoundError as error:
        sys.exit(f"{sys.executable}: {error}; call one that has it, such as /usr/bin/python3")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, metavar="WORK")
    actions = parser.add_subparsers(dest="action", required=True)
    figure = actions.add_parser("figure", help="write latency.png into WORK")
    figure.add_argument("--results", type=Path, metavar="DIR", help="such as results/latest")
    for name in ("closed", "open"):
        loop = actions.add_parser(name, help=f"measure with your {name}_loop()")
        loop.add_argument("--port", type=int, required=True)
        loop.add_argument("--connections", type=int, default=10)
        loop.add_argument("--size", type=_size, default=64, help="of a message, in bytes")
        loop.add_argument("--seconds", type=float, default=20.0, help="after 1 s of warm-up")
    actions.choices["open"].add_argument("--rate", type=float, default=1000.0, help="per second")
    return parser.parse_args()


def _size(text: str) -> int:
    if int(text) < NUMBER:
        raise ValueError
    return int(text)


def _measure(options: argparse.Namespace) -> Run:
    """Every client of the closed loop has a connection."""
    world = Sockets(options.port, options.connections, options.size)
    window = Window(options.seconds, warm_up_s=1.0, patience_s=PATIENCE_S)
    loops = import_module("loops")
    if options.action == "closed":
        return loops.closed_loop(world, options.connections, window)
    due = loops.uniform(options.rate, window.warm_up_s + window.seconds)
    return loops.open_loop(world, due, window)


def _tell(run: Run) -> None:
    estimates = import_module("estimates")
    unanswered = sum(not one.replied for one in run.samples)
    print(f"{len(run.samples):,} requests, {unanswered} without a reply")
    print("          response    service")
    for name in ("P50", "P90", "P99", "P999"):
        share = getattr(estimates, name)
        response = estimates.quantile([one.response_s for one in run.samples], share)
        service = estimates.quantile([one.service_s for one in run.samples], share)
        print(f"{name.lower():6}{_ms(response)}{_ms(service)}")


def _ms(seconds: float | None) -> str:
    return f"{'too few':>12}" if seconds is None else f"{seconds * 1000:9.3f} ms"


if __name__ == "__main__":
    sys.exit(main())
