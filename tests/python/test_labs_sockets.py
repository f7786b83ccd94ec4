"""Lab 13's world on real sockets, with messages that do not fit into them."""

import importlib.util
import socketserver
import threading
import time
from collections.abc import Iterator
from types import ModuleType

import pytest
from conftest import ROOT

SIZE = 300_000


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while received := self.request.recv(65536):
            self.request.sendall(received)


@pytest.fixture
def port() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def sockets() -> ModuleType:
    file = ROOT / "labs" / "13-measuring" / "given" / "sockets.py"
    spec = importlib.util.spec_from_file_location("lab_13_sockets", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_replies_come_while_it_sends(sockets: ModuleType, port: int) -> None:
    """Who only sends, and an echo server, would wait for each other for ever."""
    world = sockets.Sockets(port, 2, SIZE)
    for request in range(30):
        world.send(request)
    until = world.monotonic() + 20
    assert sorted(world.wait(until) for _ in range(30)) == list(range(30))


def test_a_part_of_a_reply_is_none(sockets: ModuleType, port: int) -> None:
    world = sockets.Sockets(port, 1, SIZE)
    world.send(7)
    assert world.wait(world.monotonic() + 20) == 7
    began = time.monotonic()
    assert world.wait(world.monotonic() + 0.05) is None
    assert time.monotonic() - began >= 0.05
