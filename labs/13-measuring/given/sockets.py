"""The real world: an echo server on this machine, over a few connections."""

import select
import socket
import time
from collections import deque

SIZE = 64  # of a message


class Sockets:
    """A World. Raises OSError if nobody listens.

    Messages have one size and an echo server replies in order, so that a reply always belongs to
    the oldest request of its connection.
    """

    def __init__(self, port: int, connections: int) -> None:
        address = ("127.0.0.1", port)
        self._connections = [socket.create_connection(address) for _ in range(connections)]
        for one in self._connections:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending: dict[socket.socket, deque[int]] = {one: deque() for one in self._connections}
        self._received = dict.fromkeys(self._connections, 0)  # bytes of a reply that is not whole
        self._replies: deque[int] = deque()

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()

    def send(self, request: int) -> None:
        """On the connections in turn."""
        connection = self._connections[request % len(self._connections)]
        connection.sendall(request.to_bytes(8, "big") * (SIZE // 8))
        self._pending[connection].append(request)

    def wait(self, until: float) -> int | None:
        if not self._replies:
            patience = max(0.0, until - time.monotonic())
            for connection in select.select(self._connections, [], [], patience)[0]:
                self._receive(connection)
        return self._replies.popleft() if self._replies else None

    def _receive(self, connection: socket.socket) -> None:
        received = connection.recv(65536)
        if not received:
            raise ConnectionError("the server has closed a connection")
        whole, self._received[connection] = divmod(self._received[connection] + len(received), SIZE)
        self._replies += (self._pending[connection].popleft() for _ in range(whole))
