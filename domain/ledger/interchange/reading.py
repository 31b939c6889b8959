"""A plain text journal is read: its transactions as they are written, nothing worked out.

Automated (=) and periodic (~) transactions are rules of the program that wrote the file; they are
counted and left out, as are its reports' expectations (test … end test)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from domain.ledger.interchange.amounts import (
    Amount,
    Valued,
    read_amount,
    read_day,
    read_valued,
    unreadable,
)

_HEAD = re.compile(r"(?P<day>[\d/-]+)(?:=[\d/-]+)?\s*(?:[*!]\s*)?(?:\([^)]*\)\s*)?(?P<payee>.*)")
_COMMENTS = (";", "#", "%", "|", "*")
_DIRECTIVES = ("account", "commodity", "apply", "end", "payee", "tag", "year", "Y", "D", "N", "A")
LONGEST = 2_000_000
MOST_TRANSACTIONS = 2_000


class Part(Enum):
    """REAL moves money. BALANCED, in brackets, is a second set that balances by itself. VIRTUAL,
    in parentheses, balances with nothing."""

    REAL = "real"
    BALANCED = "balanced"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A posting as it is written; without `valued` its amount follows from the others, or from
    the `target` that the account's balance is to have (with both, that is asserted)."""

    line: int
    account: str
    part: Part
    valued: Valued | None
    target: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction as it is written."""

    line: int
    on: date
    description: str
    postings: Sequence[Posting]


@dataclass(slots=True)
class PlainJournal:
    """What a file says: its transactions in order, the prices it quotes, and how many rules of
    its program were left out."""

    transactions: list[Transaction] = field(default_factory=list)
    prices: list[tuple[date, str, Amount]] = field(default_factory=list)
    left_out: int = 0


def read_journal(text: str) -> PlainJournal:
    """Read a file. Raises UnreadableJournal with the line."""
    if len(text) > LONGEST:
        unreadable(1, f"The file has more than {LONGEST} characters.")
    journal = PlainJournal()
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        block = _block(lines, place)
        _read_block(journal, block, place + 1)
        place += len(block)
    if len(journal.transactions) > MOST_TRANSACTIONS:
        unreadable(1, f"The file has more than {MOST_TRANSACTIONS} transactions.")
    return journal


def _block(lines: Sequence[str], place: int) -> Sequence[str]:
    """A line and those below that belong to it."""
    end = place + 1
    if lines[place].startswith("test "):
        while end < len(lines) and lines[end].strip() != "end test":
            end += 1
        return lines[place : end + 1]
    while end < len(lines) and lines[end][:1] in (" ", "\t") and lines[end].strip():
        end += 1
    return lines[place:end]


def _read_block(journal: PlainJournal, block: Sequence[str], line: int) -> None:
    head = block[0].rstrip()
    first = head.split(" ", 1)[0]
    if not head.strip() or head.startswith(_COMMENTS) or first in ("test", *_DIRECTIVES):
        return
    if head[0] in "=~":
        journal.left_out += 1
    elif first == "P":
        journal.prices.append(_price(head, line))
    elif head[0].isdigit():
        journal.transactions.append(_transaction(block, line))
    else:
        unreadable(line, f"{head[:40]} is not understood.")


def _price(head: str, line: int) -> tuple[date, str, Amount]:
    found = re.fullmatch(r"P\s+([\d/-]+)(?:\s+[\d:]+)?\s+(\S+)\s+(.+)", head)
    if found is None:
        unreadable(line, "This is not a price.")
    return read_day(found[1], line), found[2].strip('"'), read_amount(found[3], line)


def _transaction(block: Sequence[str], line: int) -> Transaction:
    found = _HEAD.fullmatch(_without_note(block[0]))
    if found is None:
        unreadable(line, "This is not a transaction.")
    postings = [
        _posting(text, line + below)
        for below, text in enumerate(block[1:], start=1)
        if not text.strip().startswith(_COMMENTS[:1])
    ]
    return Transaction(
        line=line,
        on=read_day(found["day"], line),
        description=found["payee"].strip() or "Imported",
        postings=postings,
    )


def _posting(text: str, line: int) -> Posting:
    bare = re.sub(r"^[*!]\s*", "", _without_note(text).strip())
    account, rest = (*re.split(r"\t|\s{2,}", bare, maxsplit=1), "")[:2]
    if not account:
        unreadable(line, "This is not a posting.")
    part = {"(": Part.VIRTUAL, "[": Part.BALANCED}.get(account[:1], Part.REAL)
    amount, asserts, target = rest.partition("=") if "{=" not in rest else (rest, "", "")
    if not account:
        unreadable(line, "This is not a posting.")
    return Posting(
        line=line,
        account=account if part is Part.REAL else account[1:-1],
        part=part,
        valued=read_valued(amount, line) if amount.strip() else None,
        target=read_amount(target, line) if asserts else None,
    )


def _without_note(text: str) -> str:
    return re.split(r"\s;|\t;", text, maxsplit=1)[0].rstrip()
