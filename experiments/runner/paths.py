"""Where things are in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
PRESETS = ("release", "dev", "asan", "tsan", "labs")


def build_dir(preset: str) -> Path:
    return ROOT / "build" / preset


def whole() -> bool:
    """Whether this is all of iolab, and not the part of it that a student of the labs has."""
    return (ROOT / "experiments" / "loadgen").is_dir()
