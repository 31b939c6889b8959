"""Dating: many new or waiting orders get their dates and what these rest on, set by set."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Numeric, column, func, insert, literal, update

from domain.inventory.models import ExpectedSupply
from domain.kernel.value_objects import value_object
from domain.kernel.work import Work
from domain.promise.facts import free_of, lead_times, lock_expected
from domain.promise.models import PromisePeg
from domain.promise.places import scene
from domain.promise.policies.promising import LinePromise, Want, promise_lines
from domain.promise.policies.supply_book import STOCK, Supply, SupplyBook, Terms
from domain.promise.policies.timeline import Rule


@value_object()
class ToDate:
    """An order that is to be dated: its channel, its terms (their rule is set here), its lines."""

    channel_id: int
    terms: Terms
    wants: tuple[Want, ...]


@value_object()
class Pegged:
    """A written line and what it rests on."""

    order_id: int
    line_id: int
    party_id: int | None
    item_id: int
    promise: LinePromise


async def date_orders(work: Work, orders: Sequence[ToDate]) -> list[list[LinePromise]]:
    """The promise of each line of each order, first come first served.

    One statement for any number of orders; two more when something waits: then the expected
    supply of the waiting items is locked (after stock balances, before document numbers), and
    `write_pegs` must follow in the same work."""
    if not orders:
        return []
    waiting = {w.item_id for order in orders for w in order.wants if w.waiting > 0}
    supplies = await lock_expected(work, waiting) if waiting else []
    return await date_from(work, orders, free_of(supplies), waiting)


async def date_from(
    work: Work, orders: Sequence[ToDate], supplies: Sequence[Supply], waiting: Collection[int]
) -> list[list[LinePromise]]:
    """As `date_orders`, from the expected supply that is given."""
    today = work.now.date()
    places = {site for order in orders for site in order.terms.sites}
    places |= {place for order in orders for want in order.wants for place, *_ in want.given}
    channels = {order.channel_id for order in orders}
    workplaces, rules = await scene(work, places, channels, today=today)
    leads = await lead_times(work, waiting, today=today) if waiting else ()
    book = SupplyBook(supplies, workplaces, work.now, leads)
    return [promise_lines(order.wants, book, _ruled(order, rules)) for order in orders]


def _ruled(order: ToDate, rules: dict[int | None, Rule]) -> Terms:
    return replace(order.terms, rule=rules.get(order.channel_id) or rules[None])


async def write_pegs(work: Work, pegged: Sequence[Pegged]) -> None:
    """Keep what lines rest on, and count it on the supplies, which are locked."""
    rows = [row for each in pegged for row in _rows(work, each)]
    if not rows:
        return
    await work.execute(insert(PromisePeg), rows)
    sums: dict[int, Any] = {}
    for row in rows:
        if row["supply_id"] is not None:
            sums[row["supply_id"]] = sums.get(row["supply_id"], 0) + row["quantity"]
    await add_pegged(work, sums)


async def add_pegged(work: Work, changes: dict[int, Any]) -> None:
    """Add to what is pegged of supplies, by their id (base units; may be negative)."""
    changes = {supply_id: change for supply_id, change in changes.items() if change}
    if not changes:
        return
    told = (
        func.unnest(
            literal(list(changes), ARRAY(BigInteger)),
            literal(list(changes.values()), ARRAY(Numeric)),
        )
        .table_valued(column("id", BigInteger), column("change", Numeric))
        .render_derived(name="told")
    )
    await work.execute(
        update(ExpectedSupply)
        .where(ExpectedSupply.tenant_id == work.tenant_id, ExpectedSupply.id == told.c.id)
        .values(pegged=ExpectedSupply.pegged + told.c.change)
    )


def _rows(work: Work, pegged: Pegged) -> list[dict[str, Any]]:
    return [
        {
            "tenant_id": work.tenant_id,
            "order_id": pegged.order_id,
            "order_line_id": pegged.line_id,
            "party_id": pegged.party_id,
            "item_id": pegged.item_id,
            "location_id": part.location_id,
            "source": part.source,
            "supply_id": part.supply_id,
            "quantity": part.quantity,
            "ships_on": part.ships_on,
            "delivers_on": part.delivers_on,
            "created_at": work.now,
        }
        for part in pegged.promise.parts
        if part.source != STOCK
    ]
