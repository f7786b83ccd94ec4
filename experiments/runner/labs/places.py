"""Where the labs are, and how a file is named to somebody who reads it on the terminal."""

from pathlib import Path

from experiments.runner.paths import ROOT, build_dir

LABS = ROOT / "labs"
WORK = LABS / "work"
PRESET = "labs"
BUILD = build_dir(PRESET)


def shown(path: Path) -> str:
    """Relative to where the reader is, or else to the repository, so that editors find it."""
    for folder in (Path.cwd(), ROOT):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return str(path)
