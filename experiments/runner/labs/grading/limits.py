"""How much a submission may use, and what it uses at present.

The kernel's own limits count one process each, and a limit of address space is none for a
sanitizer. So somebody looks, many times a second, at all processes together.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.system.descendants import descendants

MIB = 2**20
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Limits:
    """Of one program with all that it starts, except `processor_s` and `file`: each process, file.

    `folder` and `files`: what may lie in its folder. `threads`: of all programs at a time.
    """

    processor_s: int
    wall_s: float
    memory: int
    processes: int
    threads: int
    file: int
    folder: int
    files: int = 1000

    def kernel(self) -> dict[str, int]:
        """Those that setrlimit() knows."""
        return {
            "RLIMIT_CPU": self.processor_s,
            "RLIMIT_FSIZE": self.file,
            "RLIMIT_NPROC": self.threads,
            "RLIMIT_CORE": 0,
        }


# By the clock on the wall there is much time: others may need the machine, too.
COMPILER = Limits(120, 600, 2048 * MIB, 16, 256, 512 * MIB, 1024 * MIB)
TESTS = Limits(300, 900, 1024 * MIB, 16, 1024, 32 * MIB, 64 * MIB)
# A server with a thread for each connection, with thousands of them.
JUDGE = Limits(300, 900, 3072 * MIB, 32, 16384, 32 * MIB, 64 * MIB)


@dataclass(frozen=True)
class Use:
    """What a process and all that come from it use now."""

    processes: int
    memory: int

    def beyond(self, limits: Limits) -> str:
        """A sentence about what is too much, or ""."""
        if self.processes > limits.processes:
            return f"had started more than {limits.processes} processes, and was ended"
        if self.memory > limits.memory:
            return f"used more than {limits.memory // MIB} MiB of memory, and was ended"
        return ""


def use_of(ancestor: int) -> Use:
    """Without `ancestor` itself, and without the first process behind it."""
    found = descendants(ancestor)
    return Use(max(0, len(found) - 1), sum(_resident(one) for one in found))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def too_full(folder: Path, limits: Limits) -> str:
    """A sentence if too much lies in a folder, or "". Stops counting there."""
    size, files, waiting = 0, 0, [str(folder)]
    try:
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if files > limits.files or size > limits.folder:
                        return "wrote too much into its folder, and was ended"
    except FileNotFoundError:
        pass  # gone meanwhile
    except OSError as error:
        return f"left a folder that cannot be looked at ({error.strerror}), and was ended"
    return ""
