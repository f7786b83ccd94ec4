"""Whether the running Python can run iolab. Used by the launcher, before anything is installed."""

import importlib.util
import sys

OLDEST = (3, 11)
MODULES_OF_LABS = ("rich", "jsonschema", "matplotlib")
MODULES = ("matplotlib", "numpy", "jinja2", "rich", "jsonschema", "pytest")


def usable() -> bool:
    return sys.version_info >= OLDEST


def missing_modules() -> list[str]:
    return [name for name in MODULES if importlib.util.find_spec(name) is None]


if __name__ == "__main__":
    complete = usable() and (sys.argv[1:] != ["complete"] or not missing_modules())
    sys.exit(0 if complete else 1)
