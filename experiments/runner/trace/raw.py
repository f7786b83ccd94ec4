"""The events as recorded, in a file, so that they can be read again."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from experiments.runner.trace.read.parties import Parties
from experiments.runner.trace.record.ring_buffer import Event


def write_raw(parties: Parties, events: Iterable[Event], file: Path) -> None:
    """Who took part, then a line for each event; bytes as hexadecimal digits. Compressed, and the
    same input gives the same bytes."""
    with open(file, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        packed.write(_line(asdict(parties)))
        for event in events:
            fields = {
                name: value.hex() if isinstance(value, bytes) else value
                for name, value in event.fields.items()
            }
            packed.write(
                _line({"at_ns": event.at_ns, "name": event.name, "tid": event.tid, **fields})
            )


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def read_raw(file: Path) -> tuple[Parties, list[Event]]:
    """What write_raw() wrote."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        facts = json.loads(next(lines))
        rows = [json.loads(line) for line in lines]
    parties = Parties(
        server_tids=tuple(facts["server_tids"]),
        client_pid=facts["client_pid"],
        server_port=facts["server_port"],
        ports=tuple(facts["ports"]),
        descriptors={
            int(tid): {int(number): text for number, text in found.items()}
            for tid, found in facts["descriptors"].items()
        },
        handlers=facts["handlers"],
    )
    events = [Event(row.pop("at_ns"), row.pop("name"), row.pop("tid"), row) for row in rows]
    return parties, events
