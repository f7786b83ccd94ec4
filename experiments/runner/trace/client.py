"""The client of a traced conversation: a process of its own, so that its calls can be told apart.

It reads the conversation as JSON in one line, connects, exchanges a few messages that are not
traced, says `ready`, and goes on with each line it is given: a few more, then the conversation.
"""

import gc
import json
import socket
import sys
import time
from typing import Any

WARM_UP = 3
STUCK_S = 0.25
TIMEOUT_S = 10.0
_PIECE = 64 * 1024


class Peer:
    """One connection. `sent` and `received` count the bytes of the message under way."""

    def __init__(self, address: str, port: int, receive_buffer: int | None) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect((address, port))
        self.socket.setblocking(True)
        self.pushed = 0
        self.surplus = b""

    def receive(self, size: int) -> bytes:
        came = self.surplus[:size]
        self.surplus = self.surplus[size:]
        while len(came) < size:
            piece = self.socket.recv(_PIECE)
            if not piece:
                raise ConnectionError("the server ended the stream in the middle of a reply")
            came += piece
        came, self.surplus = came[:size], came[size:] + self.surplus
        return came

    def push(self, message: bytes) -> None:
        """Sends until nothing has been taken for a while."""
        self.socket.setblocking(False)
        last = time.monotonic()
        while self.pushed < len(message) and time.monotonic() < last + STUCK_S:
            try:
                self.pushed += self.socket.send(message[self.pushed : self.pushed + _PIECE])
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.002)

    def take(self, message: bytes) -> bytes:
        """Sends the rest and receives the reply."""
        came = bytearray()
        while len(came) < len(message):
            if self.pushed < len(message):
                try:
                    self.pushed += self.socket.send(message[self.pushed : self.pushed + _PIECE])
                except BlockingIOError:
                    pass
            try:
                piece = self.socket.recv(_PIECE)
            except BlockingIOError:
                time.sleep(0.001)
                continue
            if not piece:
                raise ConnectionError("the server ended the stream in the middle of a reply")
            came += piece
        self.socket.setblocking(True)
        self.pushed = 0
        return bytes(came)

    def await_end(self) -> None:
        while self.socket.recv(_PIECE):
            pass


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    peers = [
        Peer(plan["address"], plan["port"], plan["receive_buffer"])
        for _ in range(plan["connections"])
    ]
    warm_up = _message(plan["protocol"], min(plan["message_bytes"], 64), 0)
    gc.disable()
    _warm_up(peers, warm_up)
    _say(json.dumps({"ready": [peer.socket.getsockname()[1] for peer in peers]}))
    # Setting up a trace takes a while: no connection shall seem idle meanwhile.
    sys.stdin.readline()
    _warm_up(peers, warm_up)
    _say("warm")
    sys.stdin.readline()
    message = _message(plan["protocol"], plan["message_bytes"], 1)
    for action in plan["actions"]:
        _act(action, peers[action["connection"]], message)
    _say("done")
    sys.stdin.readline()


def _warm_up(peers: list[Peer], message: bytes) -> None:
    for peer in peers:
        for _ in range(WARM_UP):
            peer.socket.sendall(message)
            _check(peer.receive(len(message)), message)


def _act(action: dict[str, Any], peer: Peer, message: bytes) -> None:
    verb = action["verb"]
    start, end = (round(share * len(message)) for share in action["part"])
    if verb == "send":
        peer.socket.sendall(message[start:end])
    elif verb == "receive":
        _check(peer.receive(len(message)), message)
    elif verb == "pause":
        time.sleep(action["seconds"])
    elif verb == "push":
        peer.push(message)
    elif verb == "take":
        _check(peer.take(message), message)
    elif verb == "close":
        peer.socket.shutdown(socket.SHUT_WR)
    elif verb == "await_end":
        peer.await_end()
    elif verb == "stop":
        _say("stop")


def _message(protocol: str, size: int, seed: int) -> bytes:
    payload = bytes((place * 7 + seed) % 251 for place in range(min(size, 1004)))
    payload = (payload * (size // len(payload) + 1))[:size]
    return len(payload).to_bytes(4, "big") + payload if protocol == "framed" else payload


def _check(came: bytes, message: bytes) -> None:
    if came != message:
        raise ValueError("the server's reply is not the message that was sent")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"{error}")
