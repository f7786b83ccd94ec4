"""A server program without a server: speaks the banner, accepts, and misbehaves as told.

Its behaviour is read from behaviour.json beside it, by its own name.
"""

import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

HERE = Path(sys.argv[0]).resolve()


def option(name: str, default: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def main() -> int:
    behaviour = json.loads((HERE.parent / "behaviour.json").read_text()).get(HERE.name, {})
    if "refuse" in behaviour:
        print(behaviour["refuse"], file=sys.stderr)
        return 3
    if "fail" in behaviour:
        print(behaviour["fail"], file=sys.stderr)
        return 1
    if "silent" in behaviour:
        print(behaviour["silent"], flush=True)
        return signal.pause() or 0
    signal.signal(
        signal.SIGTERM,
        signal.SIG_IGN if behaviour.get("stubborn") else lambda *_: sys.exit(stopped()),
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    banner = {
        "event": "listening",
        "server": HERE.name,
        "engine": "fake",
        "protocol": option("--protocol", "echo"),
    }
    banner |= {
        "address": "127.0.0.1",
        "port": listener.getsockname()[1],
        "pid": os.getpid(),
        "threads": 1,
    }
    print(json.dumps(banner), flush=True)
    return serve(listener, behaviour)


def serve(listener: socket.socket, behaviour: dict) -> int:
    peers = []
    while True:
        ready, _, _ = select.select([listener], [], [], behaviour.get("die_after_s"))
        if ready:
            peers.append(listener.accept()[0])
        if peers and "die_after_s" in behaviour:
            time.sleep(behaviour["die_after_s"])
            print("out of luck", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


def stopped() -> int:
    print(json.dumps({"event": "stopped", "server": HERE.name, "accepted": 0}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
