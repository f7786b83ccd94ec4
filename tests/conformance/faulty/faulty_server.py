"""faulty_server.py MISTAKE PORT: echo and framed servers over asyncio with one mistake at a time.

They use nothing of iolab. `check` must name the mistake. With `none` and `framed-none` they are
correct.
"""

import asyncio
import sys

HEADER = 4
LIMIT = 1 << 20


async def echo(mistake: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends back what comes until the client finishes."""
    read = reader.readline if mistake == "waits-for-a-line" else lambda: reader.read(65536)
    while data := await read():
        if mistake == "takes-bytes-for-text":
            data = data.decode().encode()
        writer.write(data)
        if mistake != "hoards-output":
            await writer.drain()
        if mistake == "answers-once":
            await reader.read()


async def framed(mistake: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends back frames: four bytes of length, then the payload."""
    order = "little" if mistake == "framed-lowest-byte-first" else "big"
    while True:
        header = await reader.readexactly(HEADER)
        length = int.from_bytes(header, order)
        if length > LIMIT:
            return
        if mistake == "framed-reads-a-part":
            payload = await reader.read(length) if length else b""
        else:
            payload = await reader.readexactly(length)
        writer.write(len(payload).to_bytes(HEADER, order) + payload)
        await writer.drain()


async def serve(mistake: str, port: int) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await (framed if mistake.startswith("framed") else echo)(mistake, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has left, in the middle of a frame or not
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
