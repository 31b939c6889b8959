"""Goods come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.inventory.balances import Place, ensure_balances
from domain.inventory.documents import (
    REFERENCE_KIND,
    WrittenDocument,
    post_document,
    write_document,
)
from domain.inventory.events import StockReceived
from domain.inventory.goods import Goods, coming_goods
from domain.inventory.lines import (
    ReceiptLine,
    damaged_quantity,
    named_pieces,
    place_of,
    received_quantity,
    require_countable,
    require_some,
    unit_cost_of,
)
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.movements import Change, change_balances
from domain.inventory.policy import ZERO, UnitCost, per_base_unit, value_at_unit_cost
from domain.inventory.serials import Piece, bring_pieces, note_pieces
from domain.inventory.sites import Site, find_site
from domain.inventory.valuation.receiving import (
    AT_ONCE,
    Arrived,
    Terms,
    book_arrival,
    sound_terms,
)
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class _Received:
    """A line in base units; `value_minor` is None where no cost was told."""

    place: Place
    quantity: Decimal
    unit_cost: UnitCost | None
    value_minor: int | None
    serials: tuple[str, ...] = ()
    damaged: Decimal = ZERO
    damaged_serials: tuple[str, ...] = ()

    @property
    def arrived(self) -> Arrived:
        unit = None if self.unit_cost is None else per_base_unit(self.unit_cost)
        return Arrived(
            self.place.owner_id, self.place.item_id, self.quantity, self.value_minor, unit
        )


@operation("inventory.receive")
async def receive_stock(
    work: Work,
    *,
    location_id: int,
    lines: Sequence[ReceiptLine],
    owner_id: int | None = None,
    reason: str = "received",
    external_reference: str | None = None,
    currency: str | None = None,
    terms: Terms = AT_ONCE,
) -> WrittenDocument:
    """Goods came in at a location for an owner (the location's own entity if absent).

    Lots, serial numbers, balances, movements, cost and the journal (inventory against goods
    received) are written together. `currency`, if given, must be that of the owner's books;
    `terms` say since when the goods count, and whose they are. Raises NotFound, InvalidInput,
    QuantityNotExact, LocationClosed, LotDiffers, SerialTaken."""
    require_some(lines)
    reason = text.name(reason, path=("reason",))
    external_reference = text.optional(external_reference, path=("external_reference",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    if currency not in (None, site.currency):
        raise InvalidInput(f"The owner keeps its books in {site.currency}.", path=("currency",))
    await sound_terms(work, terms)
    goods = await coming_goods(work, {line.item_id for line in lines})
    received = [_received(n, line, goods[line.item_id], site) for n, line in enumerate(lines)]
    await ensure_lots(work, [_told(*pair) for pair in zip(lines, received, strict=True)])
    balances = await ensure_balances(work, [each.place for each in received])
    changes = [_change(balances[each.place], each, reason) for each in received]
    await change_balances(work, changes)
    arrival = await book_arrival(work, [each.arrived for each in received], terms)
    pieces = [piece for each in received for piece in _pieces(each, balances[each.place])]
    brought = await bring_pieces(work, pieces, kind="receipt", reason=reason)
    document = await write_document(
        work,
        kind="receipt",
        site=site,
        reason=reason,
        changes=changes,
        balance_ids=[balances[each.place] for each in received],
        external_reference=external_reference,
    )
    await note_pieces(
        work, brought, reference_kind=REFERENCE_KIND, reference_id=document.document_id
    )
    legs = await arrival.write(document.source)
    await post_document(work, document, milestone="receipt", site=site, legs=legs)
    _tell(work, document, site, received, reason)
    return document


def _received(number: int, line: ReceiptLine, goods: Goods, site: Site) -> _Received:
    path = ("lines", number)
    place = place_of(goods, site, condition=line.condition, lot=line.lot, path=path)
    quantity = received_quantity(line, goods, path=path)
    serials = named_pieces(line.serials, quantity, goods, path=path)
    damaged = damaged_quantity(line, quantity, goods, path=path)
    unit_cost = unit_cost_of(line, goods, site, path=path)
    if unit_cost is None:
        return _Received(place, quantity, None, None, serials, *damaged)
    value = value_at_unit_cost(quantity, unit_cost)
    require_countable(value, path=path)
    return _Received(place, quantity, unit_cost, value, serials, *damaged)


def _told(line: ReceiptLine, received: _Received) -> ToldLot:
    return ToldLot(
        item_id=line.item_id,
        code=received.place.lot,
        manufactured_on=line.manufactured_on,
        expires_on=line.expires_on,
    )


def _pieces(received: _Received, balance_id: int) -> list[Piece]:
    item_id = received.place.item_id
    damaged = set(received.damaged_serials)
    return [
        Piece(
            item_id=item_id,
            code=code,
            balance_id=balance_id,
            state="damaged" if code in damaged else "available",
        )
        for code in received.serials
    ]


def _named(received: _Received) -> dict[str, Any]:
    named: dict[str, Any] = {"serials": list(received.serials)} if received.serials else {}
    return named | ({"damaged": received.damaged} if received.damaged else {})


def _change(balance_id: int, received: _Received, reason: str) -> Change:
    return Change(
        balance_id=balance_id,
        kind="receipt",
        on_hand=received.quantity,
        damaged=received.damaged,
        reason=reason,
        unit_cost=None if received.unit_cost is None else per_base_unit(received.unit_cost),
    )


def _tell(
    work: Work, document: WrittenDocument, site: Site, received: Sequence[_Received], reason: str
) -> None:
    work.record(
        StockReceived(
            aggregate_id=document.document_id,
            number=document.number,
            location_id=site.location_id,
            owner_id=site.owner_id,
            item_ids=tuple(sorted({each.place.item_id for each in received})),
        )
    )
    lines = [
        {**each.place._asdict(), "quantity": each.quantity, **_named(each)} for each in received
    ]
    work.audit(
        "receive_stock",
        subject="stock_document",
        subject_id=document.document_id,
        after={"number": document.number, "lines": lines},
        reason=reason,
    )
