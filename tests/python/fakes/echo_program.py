"""A foreign program: echoes with asyncio, prints no banner and knows no option of ours.

`--port 0` is any port; `--workers N` processes share the socket; it can be `--stubborn` when asked
to stop, answer `--wrong` bytes, open a `--second-port` or `--fail TEXT` at once.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(bytes(len(data)) if OPTIONS.wrong else data)
        await writer.drain()
    writer.close()


async def serve(listener: socket.socket) -> None:
    server = await asyncio.start_server(echo, sock=listener)
    await server.serve_forever()


def listen(port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in OPTIONS.host else socket.AF_INET
    return socket.create_server((OPTIONS.host, port), family=family, backlog=512)


def main() -> None:
    if OPTIONS.fail:
        sys.exit(OPTIONS.fail)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if OPTIONS.stubborn else signal.SIG_DFL)
    listener = listen(OPTIONS.port)
    second = listen(0) if OPTIONS.second_port else None
    for _ in range(OPTIONS.workers - 1):
        if os.fork() == 0:
            break
    print("ready", flush=True)
    asyncio.run(serve(listener))
    del second


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--fail")
    for flag in ("--second-port", "--wrong", "--stubborn"):
        parser.add_argument(flag, action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    OPTIONS = parse()
    main()
