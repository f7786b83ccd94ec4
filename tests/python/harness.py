"""Drives ./iolab from outside, on fake programs, and looks for what it left behind."""

import subprocess
from pathlib import Path

from conftest import ROOT

SHORT = (
    "--quick",
    "--rounds",
    "12",
    "--epochs",
    "2",
    "--rates",
    "20000",
    "--connections",
    "1,100",
    "--depths",
    "16",
    "--seed",
    "7",
)


def iolab(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ROOT / "iolab", *map(str, words)], capture_output=True, text=True, cwd=cwd, timeout=120
    )


def compare(programs: Path, output: Path, *words: object) -> subprocess.CompletedProcess:
    return iolab(
        "compare", "--programs", programs, "--output", output, "--no-report", *SHORT, *words
    )


def leftovers(folder: Path) -> list[str]:
    """Processes whose command line mentions a folder of ours."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = line.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in text and "iolab" not in text.split()[0]:
            found.append(text)
    return found
