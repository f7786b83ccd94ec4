"""Whose a buffer is: the application's, or lent to the kernel."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Literal

from experiments.runner.trace.model import Loan
from experiments.runner.trace.read.parties import Moves

BEFORE = -1


class LoanBook:
    """Keeps the loans that are open, by what they are lent with, and those that are over."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Loan] = {}
        self._over: list[Loan] = []

    def lend(
        self,
        key: Hashable,
        at_ns: int,
        what: Moves,
        how: Literal["call", "operation"],
        connection: int,
    ) -> None:
        self._open[key] = Loan(at_ns, at_ns, what, how, connection)

    def amend(self, key: Hashable, connection: int) -> None:
        """Only now it is known which connection a loan is for."""
        if loan := self._open.get(key):
            self._open[key] = replace(loan, connection=connection)

    def hand_back(
        self,
        key: Hashable,
        at_ns: int,
        what: Moves = "receive",
        again: bool = False,
        chosen: bool = False,
        connection: int = 0,
    ) -> None:
        """The buffer is the application's again. With `again` the next one is lent already, and
        with `chosen` it was one that the kernel had chosen from a ring of them."""
        loan = self._open.pop(key, None)
        if loan is None and isinstance(key, tuple) and key[0] == "operation":
            loan = Loan(BEFORE, at_ns, what, "operation", connection, cut=True)
        if loan is None:
            return
        if chosen:
            loan = replace(loan, how="ring")
        self._over.append(replace(loan, until_ns=at_ns))
        if again:
            self._open[key] = replace(loan, from_ns=at_ns, until_ns=at_ns, cut=False)

    def close(self, begins_ns: int, start_ns: int, now_ns: int) -> list[Loan]:
        """All loans by time, counted from `start_ns`; those still open go on beyond the trace, and
        those that began before it are cut at `begins_ns`."""
        rest = [replace(loan, until_ns=now_ns, cut=True) for loan in self._open.values()]
        moved = [
            replace(
                loan,
                from_ns=(max(loan.from_ns, begins_ns)) - start_ns,
                until_ns=loan.until_ns - start_ns,
                cut=loan.cut or loan.from_ns < begins_ns,
            )
            for loan in [*self._over, *rest]
            if loan.until_ns >= start_ns
        ]
        return sorted(moved, key=lambda loan: (loan.from_ns, loan.what))
