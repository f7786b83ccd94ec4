"""Entry point of the launcher: `python3 experiments/runner <subcommand> …` from any directory."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Started as a directory, Python puts this folder first on the path; its modules are a package.
sys.path[0] = str(ROOT)

from experiments.runner.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
