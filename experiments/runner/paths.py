"""Where things are in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
# A student of the labs has only a part of iolab, which can build only the labs.
WHOLE = (ROOT / "experiments" / "loadgen").is_dir()
PRESETS = ("release", "dev", "asan", "tsan", "labs") if WHOLE else ("labs",)


def build_dir(preset: str) -> Path:
    return ROOT / "build" / preset
