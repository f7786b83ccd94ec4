"""Who takes part in a conversation, and what their calls mean."""

import errno
import os
from dataclasses import dataclass, field
from typing import Literal

Moves = Literal["receive", "send"]
RECEIVES = {"recvfrom", "recvmsg", "recvmmsg", "read", "readv"}
SENDS = {"sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile", "splice"}
# The calls that wait for descriptors, and all that wait.
POLLS = {"epoll_wait", "epoll_pwait", "epoll_pwait2", "select", "pselect6", "poll", "ppoll"}
WAITS = {*POLLS, "clock_nanosleep", "nanosleep", "futex"}
ENDS = {"shutdown", "close"}
URING_ENTER = "io_uring_enter"
_WOULD_BLOCK = {errno.EAGAIN, errno.EINPROGRESS}


@dataclass(frozen=True)
class Parties:
    """Their processes and threads, and the ports they talk through.

    `descriptors` are, for each thread of the server, those of its process when the trace began, see
    descriptors.describe(); `ports` are the clients', and a connection's number is the place of its
    port among them, from 1 on. `handlers`: by the name of the probe, what to call the function.
    """

    server_tids: tuple[int, ...]
    client_pid: int
    server_port: int
    ports: tuple[int, ...]
    descriptors: dict[int, dict[int, str]]
    handlers: dict[str, str] = field(default_factory=dict)

    def _text(self, tid: int, descriptor: int) -> str:
        return self.descriptors.get(tid, {}).get(descriptor, "")

    def connection_of(self, tid: int, descriptor: int) -> int:
        """The connection a descriptor of that thread's process is of, or 0."""
        kind, _, port = self._text(tid, descriptor).partition(" ")
        return self.connection_to(int(port)) if kind == "peer" else 0

    def connection_to(self, port: int) -> int:
        return self.ports.index(port) + 1 if port in self.ports else 0

    def about(self, tid: int, descriptor: int) -> str | None:
        """What a call of that thread on that descriptor is about, in words."""
        if number := self.connection_of(tid, descriptor):
            return f"connection {number}"
        return self._text(tid, descriptor).partition(" ")[0] or None


def error_of(result: int) -> str | None:
    """What a negative result says; None if it is none."""
    if result >= 0:
        return None
    if -result in _WOULD_BLOCK:
        return "would block"
    return errno.errorcode.get(-result, os.strerror(-result))
