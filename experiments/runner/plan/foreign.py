"""A program that is none of ours, as a contestant: a command of its user, judged on the wire only.

The command is split like a shell's, but no shell runs it. In its words `{port}` stands for a TCP
port that we choose, `{protocol}` for echo or framed, `{threads}` for how many it shall have; all
other braces stay as they are.
"""

import re
import shlex

from experiments.runner.errors import usage
from experiments.runner.plan.plan import Contestant
from experiments.runner.plan.roster import Server

PORT, PROTOCOL, THREADS = "{port}", "{protocol}", "{threads}"


def make_foreign(name: str, command: str) -> Contestant:
    """A contestant from NAME=COMMAND. Raises Failure for a bad name or no command."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise usage(f"the command of the program {name}: {error}") from error
    if not re.fullmatch(r"[\w.-]+", name) or not words:
        raise usage(f"'{name}={command}' is not of the form 'NAME=COMMAND'")
    return Contestant(name, command=command.strip())


def refuse_what_it_is_not_told(one: Contestant, protocols: list[str], threads: int) -> None:
    """Raises Failure when a foreign contestant cannot learn what it is to do."""
    if len(protocols) > 1 and PROTOCOL not in one.command:
        raise usage(
            f"the program {one.name} speaks one protocol, not {' and '.join(protocols)}: "
            f"put {PROTOCOL} into its command or keep to one protocol"
        )
    if threads > 1 and THREADS not in one.command:
        raise usage(
            f"the program {one.name} does not learn that it shall have {threads} threads: "
            f"put {THREADS} into its command or keep to one thread"
        )


def as_server(one: Contestant, protocols: list[str]) -> Server:
    """A foreign contestant as a server of which nothing is known but what it is asked to speak."""
    return Server(
        name=one.name,
        pattern=None,
        written=None,
        engine=None,
        program=None,
        source=None,
        protocols=tuple(protocols),
        dispatch=(),
    )


def words_of(command: str, port: int, protocol: str, threads: int) -> list[str]:
    """The words to start it with."""
    values = {PORT: str(port), PROTOCOL: protocol, THREADS: str(threads)}

    def filled(word: str) -> str:
        for place, value in values.items():
            word = word.replace(place, value)
        return word

    return [filled(word) for word in shlex.split(command)]
