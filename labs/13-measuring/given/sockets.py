"""The real world: an echo server on this machine, over a few connections."""

import select
import socket
import time
from collections import deque

NUMBER = 8  # bytes
SEND_BUFFER = 65536


class Sockets:
    """A World. Raises OSError if nobody listens.

    Messages have one size, of `size` bytes, and an echo server replies in order, so that a reply
    always belongs to the oldest request of its connection.
    """

    def __init__(self, port: int, connections: int, size: int) -> None:
        self._size = size
        address = ("127.0.0.1", port)
        self._connections = [socket.create_connection(address) for _ in range(connections)]
        for one in self._connections:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Else Linux takes megabytes from each, and hides for long that nobody reads.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            one.setblocking(False)
        self._pending: dict[socket.socket, deque[int]] = {one: deque() for one in self._connections}
        self._received = dict.fromkeys(self._connections, 0)  # bytes of a reply that is not whole
        self._replies: deque[int] = deque()

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()

    def send(self, request: int) -> None:
        """On the connections in turn. Returns when the system has taken all of it.

        Replies that come meanwhile are received: the server may not read on until they are.
        """
        connection = self._connections[request % len(self._connections)]
        self._pending[connection].append(request)
        rest = memoryview(request.to_bytes(NUMBER, "big") + bytes(self._size - NUMBER))
        while rest:
            try:
                rest = rest[connection.send(rest) :]
            except BlockingIOError:
                readable, _, _ = select.select([connection], [connection], [])
                if readable:
                    self._receive(connection)

    def wait(self, until: float) -> int | None:
        while not self._replies:
            patience = max(0.0, until - time.monotonic())
            readable, _, _ = select.select(self._connections, [], [], patience)
            for connection in readable:
                self._receive(connection)
            if not readable:
                return None
        return self._replies.popleft()

    def _receive(self, connection: socket.socket) -> None:
        received = connection.recv(65536)
        if not received:
            raise ConnectionError("the server has closed a connection")
        total = self._received[connection] + len(received)
        whole, self._received[connection] = divmod(total, self._size)
        self._replies += (self._pending[connection].popleft() for _ in range(whole))
