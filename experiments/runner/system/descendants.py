"""Processes that come from a process, and how long they have waited for a processor. Linux."""

import os
from pathlib import Path


def descendants(ancestor: int) -> list[int]:
    """Of all generations that are still there, without `ancestor`. Those nearest come first."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        parent = _parent(name)
        if parent is not None:
            children.setdefault(parent, []).append(int(name))
    found = list(children.get(ancestor, ()))
    for one in found:  # grows meanwhile
        found += children.get(one, ())
    return found


def waited_s(process: int) -> float:
    """How long it and its descendants were ready to run while others had the processors.

    Of all threads together. 0 where the kernel does not tell (CONFIG_SCHED_INFO).
    """
    threads = (
        thread
        for one in (process, *descendants(process))
        for thread in Path(f"/proc/{one}/task").glob("*/schedstat")
    )
    return sum(map(_waited_ns, threads)) / 1e9


def _waited_ns(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0


def _parent(name: str) -> int | None:
    try:
        text = Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[1])
