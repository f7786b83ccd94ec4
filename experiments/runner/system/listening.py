"""Which TCP ports the processes of a group listen on, as Linux tells in /proc; and a free port.

What cannot be read counts as not there: a process that ends meanwhile, or one of another user.
"""

import ipaddress
import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTEN = "0A"
_WORD_BYTES = 4

# Of each inode of a listening socket: the address it is bound to, and the port.
Sockets = dict[str, tuple[str, int]]


@dataclass(frozen=True)
class Listener:
    """A port on which a group listens: the addresses it is bound to, and the processes that own
    its socket, or one of its sockets where there are several."""

    port: int
    addresses: frozenset[str]
    pids: frozenset[int]

    @property
    def address(self) -> str:
        """Where to connect: 127.0.0.1 if that reaches it, else the address it is bound to."""
        near = {_nearest(address) for address in self.addresses}
        return "127.0.0.1" if "127.0.0.1" in near else min(near)


def can_tell() -> bool:
    """True where the system tells who listens."""
    return _TABLES[0].exists()


def listeners(group: int) -> list[Listener]:
    """The ports on which processes of a process group listen, in order; empty if there are none."""
    sockets = listening_sockets()
    owners: dict[int, set[int]] = {}
    addresses: dict[int, set[str]] = {}
    for pid in members(group):
        for inode in open_sockets(pid) & sockets.keys():
            address, port = sockets[inode]
            owners.setdefault(port, set()).add(pid)
            addresses.setdefault(port, set()).add(address)
    return [
        Listener(port, frozenset(addresses[port]), frozenset(owners[port]))
        for port in sorted(owners)
    ]


def members(group: int) -> list[int]:
    """The processes of a process group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold anything; state, parent and group follow it.
            after_name = (folder / "stat").read_text(errors="replace").rpartition(")")[2]
        except OSError:
            continue
        if int(after_name.split()[2]) == group:
            found.append(int(folder.name))
    return found


def open_sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return set()
    found = (re.fullmatch(r"socket:\[(\d+)\]", _link(one)) for one in descriptors)
    return {match[1] for match in found if match}


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def listening_sockets() -> Sockets:
    """All listening TCP sockets of this network namespace."""
    found: Sockets = {}
    for table in _TABLES:
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            local, state, inode = fields[1], fields[3], fields[9]
            if state == _LISTEN:
                address, port = local.split(":")
                found[inode] = (_address(address), int(port, 16))
    return found


def _address(text: str) -> str:
    """`0100007F` as 127.0.0.1: words of four bytes, each in this machine's order."""
    raw = bytes.fromhex(text)
    words = [raw[place : place + _WORD_BYTES] for place in range(0, len(raw), _WORD_BYTES)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return str(ipaddress.ip_address(b"".join(words)))


def _nearest(bound: str) -> str:
    """Where on this machine to reach a socket bound to that address.

    One bound to every IPv6 address takes IPv4 too, as a rule.
    """
    address = ipaddress.ip_address(bound)
    address = getattr(address, "ipv4_mapped", None) or address
    return "127.0.0.1" if address.is_unspecified else str(address)


def free_port() -> int:
    """A TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]
