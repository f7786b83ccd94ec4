"""Where things are in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
PRESETS = ("release", "dev", "asan", "tsan")


def build_dir(preset: str) -> Path:
    return ROOT / "build" / preset
