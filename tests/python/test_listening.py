"""Who listens on which port, as /proc tells."""

import os
import socket
import sys

import pytest

from experiments.runner.system import listening
from experiments.runner.system.listening import Listener

pytestmark = pytest.mark.skipif(not listening.can_tell(), reason="no /proc/net here")


def test_listeners_of_other_groups_are_not_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine:
        found = {one.port: one for one in listening.listeners(os.getpgid(0))}
        assert os.getpid() in found[mine.getsockname()[1]].pids
        assert mine.getsockname()[1] not in {one.port for one in listening.listeners(1)}


def test_a_socket_that_does_not_listen_is_no_listener() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        ports = {port for _, port in listening.listening_sockets().values()}
        assert bound.getsockname()[1] not in ports


@pytest.mark.skipif(sys.byteorder != "little", reason="written for this order")
@pytest.mark.parametrize(
    ("text", "bound", "reached"),
    [
        ("0100007F", "127.0.0.1", "127.0.0.1"),
        ("00000000", "0.0.0.0", "127.0.0.1"),
        ("00000000000000000000000000000000", "::", "127.0.0.1"),
        ("00000000000000000000000001000000", "::1", "::1"),
        ("0000000000000000FFFF00000100007F", "::ffff:7f00:1", "127.0.0.1"),
        ("0A00A8C0", "192.168.0.10", "192.168.0.10"),
    ],
)
def test_addresses_of_proc_are_read(text: str, bound: str, reached: str) -> None:
    assert listening._address(text) == bound
    assert Listener(1, frozenset({bound}), frozenset({1})).address == reached


def test_ipv4_is_preferred_where_there_are_both() -> None:
    assert Listener(1, frozenset({"::1", "127.0.0.1"}), frozenset()).address == ("127.0.0.1")


def test_a_free_port_is_free() -> None:
    port = listening.free_port()
    with socket.create_server(("127.0.0.1", port)) as mine:
        assert mine.getsockname()[1] == port != listening.free_port()
