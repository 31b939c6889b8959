"""How far returns are, and what may be done with them now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"
CANCELLED, RECEIVING, CLOSED = "cancelled", "receiving", "closed"
OPEN = (APPROVED, RECEIVING)
ENDED = (REFUSED, CANCELLED, CLOSED)
# An exchange is a credit, and an order of other goods at their price.
MONEY = ("credit", "refund", "exchange")
GOODS = ("exchange", "replacement")
RESOLUTIONS = ("credit", "refund", "exchange", "replacement")
REPLACES = ("advance", "after_receipt")
INTO_STOCK = ("restock", "refurbish", "quarantine")
DISPOSITIONS = (*INTO_STOCK, "scrap", "return_to_supplier", "missing")
SELLABLE = ("new", "opened", "used")

May = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What became of a line, in base units; `earns`: whether an order was billed for it."""

    status: str
    quantity: Decimal
    received: Decimal
    accepted: Decimal
    disposed: Decimal
    credited: Decimal
    given_up: Decimal
    replaced: Decimal
    earns: bool

    @property
    def is_live(self) -> bool:
        """Whether it was let."""
        return self.status in ("authorized", "kept")

    @property
    def to_come(self) -> Decimal:
        """What may come still."""
        if self.status != "authorized":
            return Decimal(0)
        return self.quantity - self.received - self.given_up

    @property
    def creditable(self) -> Decimal:
        """What is here and was accepted, or may be kept, and is not credited."""
        if not self.is_live or not self.earns:
            return Decimal(0)
        here = self.quantity if self.status == "kept" else self.accepted
        return max(here - self.credited, Decimal(0))


def is_done(lines: Sequence[LineState], *, pays: bool, replaced: bool) -> bool:
    """Whether nothing of a return is left to do: all came or was given up, was disposed of, and
    earned its sender what it was to. `pays`: in money; `replaced`: other goods are ordered, or
    none were wanted."""
    live = [line for line in lines if line.is_live]
    return replaced and all(
        not line.to_come and line.disposed == line.received and not (pays and line.creditable)
        for line in live
    )


def request_actions(status: str, lines: Sequence[LineState], *, pays: bool, may: May) -> list[str]:
    """What may be done with a return now, by a caller for whom `may` answers."""
    is_empty = not any(line.received or line.credited or line.replaced for line in lines)
    possible = {
        "cancel": status in (WAITING, APPROVED) and is_empty,
        "receive": status in OPEN,
        "credit": status in OPEN and pays and any(line.creditable for line in lines),
        "close": status in OPEN,
    }
    needed = {
        "cancel": "returns.request",
        "receive": "returns.receive",
        "credit": "returns.credit",
        "close": "returns.approve",
    }
    return [action for action, can in possible.items() if can and may(needed[action])]


def unit_actions(status: str, *, may: May) -> list[str]:
    """What may be done with goods that came back."""
    if status == "waiting" and may("returns.inspect"):
        return ["inspect"]
    return ["dispose"] if status == "inspected" and may("returns.dispose") else []


def authorization_actions(status: str, *, may: May) -> list[str]:
    """What may be done with an authorisation."""
    return ["receive"] if status in ("open", "expired") and may("returns.receive") else []


def replacement_actions(status: str, *, may: May) -> list[str]:
    """What may be done with other goods that are to be sent."""
    return ["order"] if status in ("requested", "due") and may("returns.credit") else []


def receipt_status(units: Sequence[str]) -> str:
    """The status of a receipt from those of its units."""
    if all(status == "disposed" for status in units):
        return "disposed"
    return "waiting" if any(status == "waiting" for status in units) else "inspected"


def disposition_problem(kind: str, condition: str) -> str | None:
    """Why goods in this condition cannot be disposed of so; None: they can."""
    if (kind == "missing") != (condition == "missing"):
        return "What is missing can only be noted as missing, and nothing else can."
    if kind == "restock" and condition not in SELLABLE:
        return f"What is {condition} is not sold again as it is."
    return None


def stock_condition(condition: str) -> str:
    """The condition in which goods that came back lie in stock."""
    return "new" if condition == "new" else "used"
