"""Amounts as plain text journals write them: values in, values out."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NoReturn

from domain.kernel.errors import Expected

_SYMBOL = r'(?:"[^"]+"|[^\s\d.,;@{}\[\]()=*+\-"]+)'
_NUMBER = r"\d[\d,]*(?:\.\d+)?|\.\d+"
_AMOUNT = re.compile(
    rf"(?P<sign1>-?)\s*(?P<before>{_SYMBOL})?\s*(?P<sign2>-?)\s*(?P<number>{_NUMBER})"
    rf"\s*(?P<after>{_SYMBOL})?"
)
_DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")


class UnreadableJournal(Expected):
    """A plain text journal cannot be read, or does not balance. Fields: line (from 1)."""


def unreadable(line: int, message: str) -> NoReturn:
    """Raise UnreadableJournal for a line."""
    raise UnreadableJournal(f"Line {line}: {message}", line=line)


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a commodity; '' is the one that has no name."""

    quantity: Decimal
    commodity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """An amount as a posting writes it: what a unit (`lot_price`) or all of it (`cost`, never
    negative) is valued at, and of when its lot is."""

    amount: Amount
    lot_price: Amount | None = None
    lot_date: date | None = None
    cost: Amount | None = None


def read_day(text: str, line: int) -> date:
    """A day such as 2026/01/31 or 2026-01-31."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found is not None:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    unreadable(line, f"{text.strip()[:40]} is not a day.")


def read_amount(text: str, line: int) -> Amount:
    """An amount, or a sum of amounts of one commodity in parentheses."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        return _sum(text[1:-1], line)
    found = _AMOUNT.fullmatch(text)
    if found is None or (found["before"] and found["after"]):
        unreadable(line, f"{text[:40]} is not an amount.")
    quantity = Decimal(found["number"].replace(",", ""))
    negative = (found["sign1"] == "-") != (found["sign2"] == "-")
    commodity = (found["before"] or found["after"] or "").strip('"')
    return Amount(-quantity if negative else quantity, commodity)


def read_valued(text: str, line: int) -> Valued:
    """An amount with its lot and cost: `10 AAPL {$100} [2024/01/01] @ $110`."""
    text, total, cost_text = _cut(text, "@@")
    if total is None:
        text, _, cost_text = _cut(text, "@")
    lot_price = lot_date = None
    braced = re.search(r"\{([^}]*)\}", text)
    if braced is not None:
        lot_price = read_amount(braced[1].lstrip("="), line)
    dated = re.search(r"\[([^\]]*)\]", text)
    if dated is not None:
        lot_date = read_day(dated[1], line)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", text)
    if not bare.strip().startswith("("):
        bare = re.sub(r"\([^)]*\)", "", bare)
    amount = read_amount(bare, line)
    cost = None
    if cost_text is not None:
        priced = read_amount(cost_text, line)
        units = Decimal(1) if total is not None else abs(amount.quantity)
        cost = Amount(abs(priced.quantity) * units, priced.commodity)
    return Valued(amount=amount, lot_price=lot_price, lot_date=lot_date, cost=cost)


def _cut(text: str, mark: str) -> tuple[str, str | None, str | None]:
    before, found, after = text.partition(mark)
    return (before, found, after) if found else (text, None, None)


def _sum(text: str, line: int) -> Amount:
    parts = re.split(r"\s([+-])\s", text)
    total = read_amount(parts[0], line)
    for sign, part in zip(parts[1::2], parts[2::2], strict=True):
        other = read_amount(part, line)
        if other.commodity != total.commodity:
            unreadable(line, "This adds different commodities.")
        more = other.quantity if sign == "+" else -other.quantity
        total = Amount(total.quantity + more, total.commodity)
    return total
