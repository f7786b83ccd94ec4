"""The catalog of experiments: experiments/catalog/NAME.toml, see schemas/experiment.schema.json."""

import argparse
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import tomllib

from experiments.runner import schemas
from experiments.runner.errors import Failure, usage
from experiments.runner.paths import ROOT
from experiments.runner.plan.experiment import EPOCHS, Experiment, make_contestant
from experiments.runner.plan.foreign import make_foreign
from experiments.runner.plan.plan import (
    Cell,
    Contestant,
    closed_cell,
    load_cell,
    open_cell,
    search_cell,
    with_idle,
)
from experiments.runner.units import duration_s, seconds, size_bytes

FOLDER = ROOT / "experiments" / "catalog"
SUFFIX = ".toml"
# With its header, as in every default of the generator.
SIZE = 68
SHARE = 2
OFFERED = ("rate", "load", "search")


def experiments() -> Iterator[Experiment]:
    """All of the catalog, by name."""
    return (read_experiment(file) for file in sorted(FOLDER.glob(f"*{SUFFIX}")))


def find_experiment(wish: str) -> Experiment:
    """By its name in the catalog, or by the path of a file anywhere that ends in .toml."""
    if wish.endswith(SUFFIX):
        return read_experiment(Path(wish))
    known = sorted(file.stem for file in FOLDER.glob(f"*{SUFFIX}"))
    if wish not in known:
        raise usage(f"unknown experiment '{wish}'; known: {', '.join(known)}")
    return read_experiment(FOLDER / f"{wish}{SUFFIX}")


def read_experiment(file: Path) -> Experiment:
    """Raises Failure, one line that names file and place, for whatever is wrong with it."""
    try:
        return _experiment(file.stem, tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise usage(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise usage(f"{file}: {error}") from error
    except Failure as failure:
        raise usage(f"{file}: {failure.message}") from failure


def _experiment(name: str, text: dict) -> Experiment:
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise usage(
            "its name may have small letters, digits and hyphens only: "
            "it names the results folder"
        )
    for violation in schemas.violations(text, schemas.load("experiment")):
        raise usage(violation)
    return Experiment(
        name=name,
        contestants=tuple(_contestants(text)),
        cells=tuple(_cell(cell) for cell in text["cells"]),
        reference=text["reference"],
        seconds=seconds(str(text["seconds"])),
        epochs=text.get("epochs", EPOCHS),
        slice_s=duration_s(text["slice"]) if "slice" in text else 0.0,
        threads=text.get("threads", 1),
        title=text["title"],
        question=_one_line(text["question"]),
        look_for=_one_line(text["look_for"]),
    )


def _contestants(text: dict) -> Iterator[Contestant]:
    """The servers and, after them, the foreign programs."""
    for name, server in text.get("contestants", {}).items():
        yield make_contestant(name, server)
    for name, command in text.get("programs", {}).items():
        yield make_foreign(name, command)


def _cell(text: dict) -> Cell:
    protocol, connections, size = (
        text["protocol"],
        text["connections"],
        size_bytes(str(text.get("size", SIZE))),
    )
    offered = [key for key in OFFERED if key in text]
    if len(offered) > 1 or (offered and "depth" in text):
        raise usage(
            "a cell has one of depth, rate, load and search: "
            "on a schedule each connection has one request in flight"
        )
    if "rate" in text:
        cell = open_cell(protocol, connections, size, text["rate"])
    elif "load" in text:
        cell = load_cell(protocol, connections, size, text["load"])
    elif "search" in text:
        return search_cell(protocol, connections, size)
    else:
        cell = closed_cell(protocol, connections, text.get("depth", 1), size)
    own_slice_s = duration_s(text["slice"]) if "slice" in text else 0.0
    cell = replace(cell, slice_s=own_slice_s, share=text.get("share", SHARE))
    return with_idle(cell, text.get("idle", 0))


def _one_line(text: str) -> str:
    return " ".join(text.split())
