"""Goods of a transfer that become another entity's on their way. What that costs whom is agreed in
a higher area, which says so here once; importing it makes it known."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy.engine import Row

from domain.kernel.work import Work

SHIPMENT, RECEIPT = "shipment", "receipt"


@dataclass(frozen=True, slots=True)
class Passed:
    """A quantity (base units) of a transfer's line that becomes the buyer's."""

    line: Row[Any]
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Agreed:
    """Under which agreement goods pass, and at which end of the way."""

    agreement_id: int
    passes_at: str


# What is left to be done last in the work: it posts, and takes the last of all locks.
Finish = Callable[[], Awaitable[None]]


class Trading(Protocol):
    """What the higher area does."""

    async def agreed(self, work: Work, *, supplier_id: int, buyer_id: int) -> Agreed:
        """How the two trade today. Raises an expected outcome when they do not."""

    async def planned(self, work: Work, *, transfer_id: int, number: str, agreed: Agreed) -> None:
        """A transfer was planned under the agreement."""

    async def pass_on(self, work: Work, transfer: Row[Any], passed: Sequence[Passed]) -> Finish:
        """The balances have moved and are locked: take the cost from the one, give it to the
        other. Costs are locked here; what it gives posts the rest."""


_trading: list[Trading] = []


def trades_by(trading: Trading) -> None:
    """Say what arranges trade between entities."""
    _trading[:] = [trading]


def trading() -> Trading:
    """What arranges trade between entities."""
    return _trading[0]


def owner_on_the_way(transfer: Row[Any]) -> int:
    """Whose the goods are while they are on their way."""
    return int(transfer.buyer_id if transfer.passes_at == SHIPMENT else transfer.owner_id)


def owner_at_the_end(transfer: Row[Any]) -> int:
    """Whose they are when they have arrived."""
    return int(transfer.buyer_id or transfer.owner_id)


async def pass_goods(
    work: Work, transfer: Row[Any], passed: Sequence[Passed], *, at: str
) -> Finish:
    """Pass the goods on if this is the end of the way where they pass; what is left to be done
    last. Call it once the balances have moved, before pieces are touched."""
    moving = [each for each in passed if each.quantity]
    if transfer.passes_at != at or not moving:
        return _nothing
    return await trading().pass_on(work, transfer, moving)


async def _nothing() -> None:
    """Nothing passed."""
