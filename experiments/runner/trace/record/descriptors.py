"""What the descriptors of a process are, in the words of the picture."""

import os
import re
from pathlib import Path

_KINDS = {
    "anon_inode:[eventpoll]": "epoll",
    "anon_inode:[eventfd]": "wake-up",
    "anon_inode:[io_uring]": "io_uring",
    "anon_inode:[timerfd]": "timer",
    "anon_inode:[signalfd]": "signals",
}
_LISTEN = "0A"


def describe(pid: int) -> dict[int, str]:
    """By number: epoll, io_uring, listener, `peer N` for a connection to port N, …"""
    ports = _ports(pid)
    found: dict[int, str] = {}
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            target = os.readlink(link)
        except OSError:
            continue
        inode = re.fullmatch(r"socket:\[(\d+)\]", target)
        if inode:
            found[int(link.name)] = ports.get(inode[1], "socket")
        else:
            found[int(link.name)] = _KINDS.get(target, "pipe" if "pipe:" in target else "file")
    return found


def _ports(pid: int) -> dict[str, str]:
    """By inode."""
    found: dict[str, str] = {}
    for name in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            remote, state, inode = fields[2], fields[3], fields[9]
            port = int(remote.rpartition(":")[2], 16)
            found[inode] = "listener" if state == _LISTEN else f"peer {port}"
    return found
