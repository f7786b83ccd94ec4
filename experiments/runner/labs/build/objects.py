"""Compiling and linking a few files, each only if something that decides about it has changed.

Beside each object, and beside each program, lies a record: a digest of the command and of every
file that went in. What the compiler said is kept too, since a warning stays true.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Unit:
    """One source, the object it becomes, and the folders its includes are looked for in."""

    source: Path
    object: Path
    include: tuple[Path, ...]


@dataclass(frozen=True)
class Said:
    """How a compiler or linker ended, and its words."""

    ok: bool
    text: str


# A command's exit status, and all that it said.
Run = Callable[[Sequence[str]], tuple[int, str]]


def run_here(command: Sequence[str]) -> tuple[int, str]:
    """In the reader's language nothing is translated, since the words are searched for."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    return done.returncode, done.stdout.decode(errors="replace")


def compile_one(unit: Unit, compiler: str, flags: Sequence[str], run: Run = run_here) -> Said:
    depends = unit.object.with_suffix(".d")
    includes = [word for folder in unit.include for word in ("-I", str(folder))]
    command = [compiler, *flags, "-fdiagnostics-color=never", *includes]
    command += ["-MMD", "-MF", str(depends), "-c", str(unit.source), "-o", str(unit.object)]
    return _unless_made(unit.object, command, lambda: read_depfile(depends), run)


def link(
    program: Path,
    compiler: str,
    objects: Iterable[Path | str],
    flags: Sequence[str],
    run: Run = run_here,
) -> Said:
    """`flags` come after the objects, as libraries must."""
    parts = [str(one) for one in objects]
    files = [Path(one) for one in (*parts, *flags) if one.startswith("/") and Path(one).is_file()]
    command = [compiler, *parts, *flags, "-o", str(program)]
    return _unless_made(program, command, lambda: files, run)


def read_depfile(file: Path) -> list[Path]:
    """The files that a compiler's -MMD names: the source and the headers that are no system's."""
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    text = text.replace("\\\n", " ").split(": ", 1)[-1]
    words = re.findall(r"(?:\\.|\$\$|[^\s\\])+", text)
    return [Path(re.sub(r"\\(.)", r"\1", word).replace("$$", "$")) for word in words]


def _unless_made(
    product: Path, command: list[str], inputs: Callable[[], list[Path]], run: Run
) -> Said:
    """Runs `command` unless the product's record shows that it would make the same again.

    `inputs` is asked before and after: a compiler says only afterwards what it has read.
    """
    record = product.with_name(f"{product.name}.json")
    known = _read(record)
    if known and product.is_file() and known.get("digest") == _digest(command, inputs()):
        return Said(True, known.get("said", ""))
    record.unlink(missing_ok=True)
    product.parent.mkdir(parents=True, exist_ok=True)
    status, text = run(command)
    if status == 0:
        record.write_text(json.dumps({"digest": _digest(command, inputs()), "said": text}))
    return Said(status == 0, text)


def _read(record: Path) -> dict:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _digest(command: list[str], inputs: Iterable[Path]) -> str:
    digest = hashlib.sha256("\0".join(command).encode(errors="surrogateescape"))
    for file in inputs:
        try:
            digest.update(f"\0{file}\0".encode(errors="surrogateescape") + file.read_bytes())
        except OSError:
            digest.update(b"\0gone")
    return digest.hexdigest()
