"""What goods that are received cost, and since when they count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.entities.models import Party
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.kinds import (
    RECEIVED,
    CostAdded,
    Entered,
    Key,
    Source,
    entered_legs,
    merged,
)
from domain.inventory.valuation.revising import settle_order
from domain.inventory.valuation.telling_apart import told_apart
from domain.kernel.errors import InvalidInput
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.ledger.entries import Leg

PENDING, CONSIGNED = "pending", "consigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Since when goods that are received count (today if absent), whether what they cost is not
    known yet, and whose they stay until they leave: then a line's cost is what they will cost."""

    received_on: date | None = None
    is_pending: bool = False
    consignor_id: int | None = None


AT_ONCE = Terms()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A received quantity (base units) of an owner's item; what it cost in minor units (None: not
    told), and of one base unit in major units."""

    owner_id: int
    item_id: int
    quantity: Decimal
    value_minor: int | None
    unit_cost: Decimal | None

    @property
    def key(self) -> Key:
        """The cost row it belongs to."""
        return self.owner_id, self.item_id


async def sound_terms(work: Work, terms: Terms) -> None:
    """Raise InvalidInput or NotFound unless goods can be received so."""
    if terms.received_on is not None and terms.received_on > work.now.date():
        raise InvalidInput("Must not be in the future.", path=("received_on",))
    if terms.is_pending and terms.consignor_id is not None:
        raise InvalidInput("What a third party owns is not to be priced.", path=("is_pending",))
    await require_record(work, Party.__table__, terms.consignor_id, kind="party")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Goods that came, in an open book of costs."""

    work: Work
    book: CostBook
    entered: Sequence[Entered]
    is_late: bool

    async def write(self, source: Source) -> tuple[Leg, ...]:
        """Write what they did, as caused by the document; gives its legs in the books."""
        layer_ids, _ = await self.book.write(source)
        legs = entered_legs(self.entered)
        owed = sum(each.value_minor for each in self.entered)
        corrected = list(self.book.corrected)
        if self.is_late:
            revalued = await settle_order(self.work, layer_ids, cause=source)
            legs = merged(legs, revalued.legs)
            corrected += revalued.corrected
        return await told_apart(self.work, merged(legs, ((RECEIVED, -owed),)), corrected)


async def book_arrival(work: Work, arrived: Sequence[Arrived], terms: Terms) -> Arrival:
    """Lock the costs of goods that came and add what they cost; it is written with the document.

    Goods of which no cost is told come in at what such goods are worth."""
    book = await open_costs(work, {each.key for each in arrived})
    told = [
        book.worth(each.key, each.quantity) if each.value_minor is None else each.value_minor
        for each in arrived
    ]
    is_late = any(
        terms.received_on is not None
        and state.last_on is not None
        and terms.received_on < state.last_on
        for state in book.states.values()
    )
    if terms.is_pending or terms.consignor_id is not None:
        for each in arrived:
            book.add_beside(
                each.key,
                each.quantity,
                standing=PENDING if terms.is_pending else CONSIGNED,
                party_id=terms.consignor_id,
                unit_price=None if terms.is_pending else each.unit_cost,
                received_on=terms.received_on,
            )
        return Arrival(work, book, [], is_late=False)
    entered = [
        book.add(CostAdded(*each.key, each.quantity, value, received_on=terms.received_on))
        for each, value in zip(arrived, told, strict=True)
    ]
    return Arrival(work, book, entered, is_late)
