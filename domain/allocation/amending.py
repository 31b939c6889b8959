"""Amending: an accepted order gets other quantities, more lines or another address.

What shipped stays; what shrinks gives its stock back; what grows is served again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, update
from sqlalchemy.engine import Row

from domain.allocation.credit_limits import hold_if_beyond, lock_limits_of
from domain.allocation.exploding import exploded_lines, parts_of_kits
from domain.allocation.giving_back import Reduction, give_back
from domain.allocation.holdings import holdings_of
from domain.allocation.kit_changes import changed_kits, write_kits
from domain.allocation.line_changes import LineChange, line_changes
from domain.allocation.locking_ahead import lock_ahead
from domain.allocation.outcomes import AmountsBooked
from domain.allocation.price_asking import ask_for_amended, marked_amendment
from domain.allocation.serving import serve_waiting
from domain.allocation.settling import Standing, settle
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.work import Work
from domain.orders.capture import NewLine, insert_lines, line_row
from domain.orders.events import OrderAmended
from domain.orders.holds import PRICE, guard
from domain.orders.kit_writing import (
    KitToWrite,
    first_lines_of_kits,
    insert_kits,
    kit_columns,
)
from domain.orders.locking import lines_of
from domain.orders.models import QUANTITY, SalesOrder, SalesOrderLine
from domain.orders.policy import (
    FINAL,
    GivenTotals,
    LineAmounts,
    LinePrice,
    OrderAmounts,
    order_amounts,
)
from domain.orders.wanted import WantedDays, change_wanted_days

LARGEST_TOTAL_MINOR = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What is to be different. `quantities` are by line id, in the line's own unit, `kits` by kit
    id, in the kit's; 0 takes it out. `totals`, where a document states them, win over the computed
    ones. `source` are further columns of the order to be replaced (content_hash and so on).
    `wanted` are the days on which lines are wanted, by line id; under None, of all others."""

    quantities: Mapping[int, Decimal] = field(default_factory=dict)
    kits: Mapping[int, Decimal] = field(default_factory=dict)
    added: tuple[NewLine, ...] = ()
    ship_to: Mapping[str, Any] | None = None
    bill_to: Mapping[str, Any] | None = None
    totals: GivenTotals | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    wanted: Mapping[int | None, WantedDays] = field(default_factory=dict)


async def amend(
    work: Work, order: Row[Any], amendment: Amendment, *, reason: str | None = None
) -> Standing:
    """Amend a locked order; its new standing.

    Raises InvalidState when it (or a line that is to grow) is shipped or cancelled, NotFound
    (order line, order kit), QuantityNotExact, KitsNotWhole, KitWithoutComponents, ComponentOfKit,
    CancellationTooMuch when a line would fall below what is shipped or at work, AmountsBooked
    when what is booked would cost something else, and AwaitingApproval when prices of the order
    wait for approval and more of them are asked for; PriceNeedsApproval for a partner."""
    if order.status in FINAL:
        message = f"The order is {order.status}; it cannot be amended."
        raise InvalidState(message, state=order.status, allowed=[])
    lines = await lines_of(work, [order.id])
    kits = await changed_kits(work, order.id, lines, amendment.kits, told=amendment.quantities)
    changes = await line_changes(work, lines, {**amendment.quantities, **kits.quantities})
    marked = await marked_amendment(work, order, amendment.added, changes, kits)
    amendment = await _of_components(work, order, replace(amendment, added=marked.lines))
    limits = await lock_limits_of(work, order)
    # Everything is locked in one go: stock is given back and taken again below.
    await lock_ahead(
        work, [c.line.item_id for c in changes] + [line.item_id for line in amendment.added]
    )
    freed = await _shrink(work, order.id, changes)
    money = _money(order, changes, amendment)
    _refuse_rebooking(order, changes, money)
    await _write_lines(work, changes, money.lines[: len(changes)])
    await change_wanted_days(work, _other_days(changes, amendment))
    await write_kits(work, kits, changes)
    await _add_lines(work, order, amendment, changes, money)
    await _write_order(work, order, amendment, money)
    await hold_if_beyond(work, order, limits, total_minor=money.total_minor)
    if marked.deviation is not None:
        await guard(work, [order.id], PRICE)
    standings = await settle(work, [order.id])
    standings |= await serve_waiting(work, [order], trigger="order_amended", explain_all=True)
    standing = standings[order.id]
    _tell(work, order, changes, amendment, standing, freed=freed, reason=reason)
    if marked.deviation is not None:
        await ask_for_amended(work, order, marked, changes, kits)
        standing = (await settle(work, [order.id]))[order.id]
    return standing


async def _of_components(work: Work, order: Row[Any], amendment: Amendment) -> Amendment:
    """Kits among the added lines are added as their components."""
    kit_ids = {line.item_id for line in amendment.added if line.is_kit}
    if not kit_ids:
        return amendment
    parts = await parts_of_kits(work, kit_ids, {order.entity_id})
    added = exploded_lines(
        amendment.added, parts, entity_id=order.entity_id, currency=order.currency
    )
    return replace(amendment, added=added)


async def _shrink(work: Work, order_id: int, changes: Sequence[LineChange]) -> tuple[int, ...]:
    smaller = [c for c in changes if 0 < c.quantity < c.line.quantity]
    removed = [c for c in changes if c.is_removed]
    held = await holdings_of(work, [order_id]) if smaller or removed else []
    less = [Reduction(c.line, c.line.quantity - c.quantity) for c in smaller]
    gone = [Reduction(c.line, c.line.quantity) for c in removed]
    freed = await give_back(work, order_id, less, held, cancelled=False)
    return freed + await give_back(work, order_id, gone, held, cancelled=True)


def _money(order: Row[Any], changes: Sequence[LineChange], amendment: Amendment) -> OrderAmounts:
    prices = [
        LinePrice(
            c.amounts.net_minor + c.amounts.discount_minor,
            c.amounts.discount_minor,
            c.amounts.tax_minor,
        )
        for c in changes
    ] + [line.price(order.currency) for line in amendment.added]
    shipping = GivenTotals(shipping_minor=order.shipping_minor)
    money = order_amounts(prices, amendment.totals or shipping)
    if max(money.subtotal_minor, money.total_minor) > LARGEST_TOTAL_MINOR:
        raise InvalidInput("The order's amount would be too large.", path=("lines",))
    return money


def _refuse_rebooking(order: Row[Any], changes: Sequence[LineChange], money: OrderAmounts) -> None:
    """What left is in the books: later shipments can balance the rest of a line, but nothing
    follows on a line of which all has left, nor on the charge of the first shipment."""
    if not any(c.line.shipped for c in changes):
        return
    over = [
        (c.amounts, part)
        for c, part in zip(changes, money.lines, strict=False)
        if c.line.shipped and c.quantity == c.line.shipped + c.line.cancelled
    ]
    if money.shipping_minor != order.shipping_minor or any(old != new for old, new in over):
        raise AmountsBooked("A part of the order is shipped and booked at other amounts.")


async def _write_lines(
    work: Work, changes: Sequence[LineChange], amounts: Sequence[LineAmounts]
) -> None:
    # A removed line keeps its quantity, all of it cancelled: a line of nothing cannot be.
    kept = [c.line.quantity if c.is_removed else c.quantity for c in changes]
    ordered = [c.line.quantity_ordered if c.is_removed else c.ordered for c in changes]
    new = (
        func.unnest(
            literal([c.line.id for c in changes], ARRAY(BigInteger)),
            literal(kept, ARRAY(QUANTITY)),
            literal(ordered, ARRAY(QUANTITY)),
            literal([a.discount_minor for a in amounts], ARRAY(BigInteger)),
            literal([a.tax_minor for a in amounts], ARRAY(BigInteger)),
            literal([a.net_minor for a in amounts], ARRAY(BigInteger)),
        )
        .table_valued(
            column("line_id", BigInteger),
            column("quantity", QUANTITY),
            column("quantity_ordered", QUANTITY),
            column("discount_minor", BigInteger),
            column("tax_minor", BigInteger),
            column("net_minor", BigInteger),
        )
        .render_derived(name="new_line")
    )
    await work.execute(
        update(SalesOrderLine)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id == new.c.line_id)
        .values({each.name: each for each in new.c if each.name != "line_id"})
    )


def _other_days(changes: Sequence[LineChange], amendment: Amendment) -> dict[int, WantedDays]:
    """The lines, of which something is still to leave, that are wanted on other days now."""
    found = {}
    for line in (change.line for change in changes):
        before = (line.wanted_on, line.wanted_ship_on)
        days = amendment.wanted.get(line.id, amendment.wanted.get(None, before))
        if days != before and line.quantity > line.shipped + line.cancelled:
            found[line.id] = days
    return found


async def _add_lines(
    work: Work,
    order: Row[Any],
    amendment: Amendment,
    changes: Sequence[LineChange],
    money: OrderAmounts,
) -> None:
    last = max((c.line.line_number for c in changes), default=0)
    parts = money.lines[len(changes) :]
    new_kits = first_lines_of_kits([line.kit for line in amendment.added], last + 1)
    kits = await insert_kits(
        work, [KitToWrite(kit, order.id, order.party_id, place) for place, kit in new_kits]
    )
    rows = [
        line_row(line, order_id=order.id, party_id=order.party_id, line_number=last + n)
        | {
            "discount_minor": part.discount_minor,
            "tax_minor": part.tax_minor,
            "net_minor": part.net_minor,
        }
        | kit_columns(line.kit, line.per_kit, kits)
        for n, (line, part) in enumerate(zip(amendment.added, parts, strict=True), start=1)
    ]
    await insert_lines(work, rows)


async def _write_order(
    work: Work, order: Row[Any], amendment: Amendment, money: OrderAmounts
) -> None:
    totals = ("subtotal_minor", "discount_minor", "tax_minor", "shipping_minor", "total_minor")
    values = {name: getattr(money, name) for name in totals} | dict(amendment.source)
    addresses = {"ship_to": amendment.ship_to, "bill_to": amendment.bill_to}
    values |= {name: dict(given) for name, given in addresses.items() if given is not None}
    await work.execute(
        update(SalesOrder)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order.id)
        .values(**values)
    )


def _tell(
    work: Work,
    order: Row[Any],
    changes: Sequence[LineChange],
    amendment: Amendment,
    standing: Standing,
    *,
    freed: tuple[int, ...],
    reason: str | None,
) -> None:
    changed = [c for c in changes if c.quantity != c.line.quantity]
    work.audit(
        "amend_order",
        subject="order",
        subject_id=order.id,
        before={
            "quantities": {str(c.line.line_number): c.line.quantity for c in changed},
            "ship_to": order.ship_to,
            "total_minor": order.total_minor,
        },
        after={
            "quantities": {str(c.line.line_number): c.quantity for c in changed},
            "added_lines": len(amendment.added),
            "ship_to": amendment.ship_to or order.ship_to,
            "wanted": {str(n): days for n, days in _other_days(changes, amendment).items()},
            "status": standing.status,
        },
        reason=reason,
    )
    work.record(
        OrderAmended(
            aggregate_id=order.id, number=order.number, status=standing.status, item_ids=freed
        )
    )
