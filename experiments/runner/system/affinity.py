"""Which cores the servers and the generator run on, and what the kernel made of it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.errors import usage

_CPU = Path("/sys/devices/system/cpu")
_CAN_PIN = hasattr(os, "sched_setaffinity")


@dataclass(frozen=True)
class Placement:
    """Cores of the servers and of the generator. Empty where this system cannot pin."""

    servers: tuple[int, ...]
    generator: tuple[int, ...]

    @property
    def shared(self) -> bool:
        """True when generator and servers compete for a core."""
        return not self.servers or bool(set(self.servers) & set(self.generator))


def allowed_cpus() -> set[int]:
    return os.sched_getaffinity(0) if _CAN_PIN else set()


def place(servers: list[int] | None, generator: list[int] | None, threads: int) -> Placement:
    """Chooses cores: one per server thread, the generator away from them on a core of its own.

    Hardware threads of one core count once. CPU 0, which takes most interrupts, is left alone
    where there are cores enough. Explicit lists are checked and taken as they are.
    """
    allowed = allowed_cpus()
    for cpu in (servers or []) + (generator or []):
        if cpu not in allowed:
            raise usage(
                f"CPU {cpu} is not available here; available: {_join(sorted(allowed)) or 'none'}"
            )
    if not _CAN_PIN:
        return Placement((), ())
    cores = [
        cpu
        for cpu in _one_per_core(sorted(allowed))
        if cpu not in (servers or []) + (generator or [])
    ]
    if len(cores) > threads + 1 and cores[0] == 0:
        cores = cores[1:]
    mine = tuple(generator) if generator else tuple(cores[-1:] or sorted(allowed)[-1:])
    free = [cpu for cpu in cores if cpu not in mine]
    theirs = tuple(servers) if servers else tuple(free[:threads] or mine)
    return Placement(theirs, mine)


def _one_per_core(cpus: list[int]) -> list[int]:
    chosen, seen = [], set()
    for cpu in cpus:
        try:
            siblings = (_CPU / f"cpu{cpu}/topology/thread_siblings_list").read_text().strip()
        except OSError:
            siblings = str(cpu)
        if siblings not in seen:
            seen.add(siblings)
            chosen.append(cpu)
    return chosen


def in_effect(pid: int) -> list[int]:
    """The cores any thread of a process may run on, as the kernel says.

    Empty if it cannot be read.
    """
    found: set[int] = set()
    try:
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            text = status.read_text()
            match = re.search(r"^Cpus_allowed_list:\s*(\S+)", text, re.MULTILINE)
            found.update(parse_cpu_list(match[1]) if match else [])
    except OSError:
        pass
    return sorted(found)


def parse_cpu_list(text: str) -> list[int]:
    """`0-2,5` as [0, 1, 2, 5]."""
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


def _join(cpus: list[int]) -> str:
    return ",".join(map(str, cpus))
