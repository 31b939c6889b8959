"""Every real sample of a format that is read, through the whole pipeline."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select

from domain.catalog.models import ItemUnit
from domain.intake.document import ParsedLine, ParsedOrder
from domain.intake.formats.registry import read
from domain.intake.operations import process_message, receive_message
from domain.intake.policy import Outcome, is_withdrawn, quantity_wanted
from domain.intake.processing import Processed
from domain.kernel.money import to_minor
from domain.orders.models import SalesOrder, SalesOrderLine
from tests.domain.intake.formats.conftest import ALL_READ, SAMPLES, Sample, _of
from tests.factories.intake import Door, new_door
from tests.factories.masters import new_entity
from tests.factories.tenants import TenantUnderTest

IN_ONE_TRANSACTION = 25
SOURCES = {
    "ecommerce/shopify": ("storefront", "shopify"),
    "ecommerce/woocommerce": ("storefront", "woocommerce"),
    "ecommerce/magento": ("storefront", "magento"),
    "marketplace/amazon": ("marketplace", "amazon"),
    "marketplace/walmart": ("marketplace", "walmart"),
    "marketplace/mirakl": ("marketplace", "mirakl"),
    "edi-x12": ("edi", "x12"),
    "edi-edifact": ("edi", "generic"),
}
# What a person has to add although all items and buyers may be drafted.
LACKING = {"price_missing", "unknown_item", "order_unknown"}

PAYOUTS = ("shopify.payouts", "shopify.balance_transactions")
Taken = tuple[Sample, Processed]


async def _doors(tenant: TenantUnderTest) -> dict[str, Door]:
    entity_id = await new_entity(tenant)
    rules = {"on_unknown_item": "create_draft", "on_unknown_party": "create_draft"}
    return {
        prefix: await new_door(tenant, entity_id=entity_id, kind=kind, source=source, **rules)
        for prefix, (kind, source) in SOURCES.items()
    }


def _door_of(sample: Sample, doors: dict[str, Door]) -> Door:
    return next(door for prefix, door in doors.items() if sample.kind.startswith(prefix))


async def _take_all(
    tenant: TenantUnderTest, doors: dict[str, Door], samples: Sequence[Sample]
) -> list[Taken]:
    taken: list[Taken] = []
    left = iter(samples)
    while chunk := list(islice(left, IN_ONE_TRANSACTION)):
        async with tenant.work() as work:
            for sample in chunk:
                code = _door_of(sample, doors).code
                message_id = await receive_message(
                    work, channel_code=code, raw=sample.raw, filename=sample.name
                )
                processed = await process_message(work, message_id=message_id)
                assert processed is not None
                taken.append((sample, processed))
    return taken


def _inconsistencies(taken: Sequence[Taken]) -> Iterator[str]:
    """Where the outcome of a message is not what its reading asks for."""
    for sample, processed in taken:
        kind = read(sample.raw, filename=sample.name).kind
        codes = {p.code for b in processed.booked for p in b.problems if p.severity == "error"}
        allowed = {
            # What is of another kind (stock, a supplier's answer, a return) waits with its reason.
            "not_an_order": not codes
            and (
                processed.outcome == "rejected"
                # Payouts are kept, whatever is known of their orders.
                or processed.reading.format in PAYOUTS
                or (processed.outcome == "exception" and processed.reading.problems != ())
            ),
            "faulty": processed.outcome == "exception" or processed.reading.kind == "order",
            "order": processed.outcome in ("accepted", "duplicate") or codes <= LACKING,
        }
        if not allowed[kind]:
            yield f"{sample}: {kind} → {processed.outcome} {sorted(codes)}"


async def _rows(tenant: TenantUnderTest, table: Any) -> Sequence[Any]:
    async with tenant.read() as reader:
        return await reader.rows(
            select(*table.__table__.c).where(table.tenant_id == tenant.id).order_by(table.id)
        )


def _wanted(line: ParsedLine, order: ParsedOrder) -> Decimal:
    return (line.quantity or Decimal(0)) if is_withdrawn(order) else quantity_wanted(line)


def _differences(order: ParsedOrder, row: Any, lines: Sequence[Any]) -> Iterator[str]:
    """Where an order that was placed is not what was read."""
    read_lines = [line for line in order.lines if _wanted(line, order) > 0]
    yield from _differing(
        external_id=(order.external_id, row.external_id),
        external_number=(order.external_number, row.external_number),
        currency=(order.currency or "EUR", row.currency),
        lines=(len(read_lines), len(lines)),
        cancelled=(is_withdrawn(order), row.status == "cancelled"),
    )
    edited = any(_wanted(line, order) != line.quantity for line in order.lines)
    for name in ("subtotal", "discount", "tax", "shipping", "total"):
        stated = getattr(order.totals, name)
        if stated is not None and (name == "shipping" or not edited):
            stored = getattr(row, f"{name}_minor")
            yield from _differing(**{name: (to_minor(stated, row.currency), stored)})
    net = sum(line.net_minor for line in lines)
    yield from _differing(net=(row.total_minor - row.tax_minor - row.shipping_minor, net))
    for parsed, line in zip(read_lines, lines, strict=False):
        yield from _differing(
            code=(parsed.external_code, line.external_code),
            quantity=(_wanted(parsed, order), line.quantity_ordered),
        )
        if parsed.unit_price is not None:
            yield from _differing(price=(parsed.unit_price, line.unit_price))


def _differing(**pairs: tuple[Any, Any]) -> Iterator[str]:
    yield from (f"{n}: {was!r} → {now!r}" for n, (was, now) in pairs.items() if was != now)


async def test_every_sample_is_booked_as_it_reads_or_waits_and_twice_is_once(
    tenant: TenantUnderTest,
) -> None:
    if not SAMPLES:
        pytest.skip("no shared/samples beside this checkout")
    doors, samples = await _doors(tenant), _of(ALL_READ)
    taken = await _take_all(tenant, doors, samples)
    assert list(_inconsistencies(taken)) == []
    orders = {row.id: row for row in await _rows(tenant, SalesOrder)}
    lines = await _rows(tenant, SalesOrderLine)
    units = {
        (u.item_id, u.unit): u.numerator / u.denominator for u in await _rows(tenant, ItemUnit)
    }
    placed = [
        (str(sample), order, booked.order_id)
        for sample, processed in taken
        if processed.reading.orders
        for order, booked in zip(processed.reading.orders, processed.booked, strict=True)
        if booked.outcome is Outcome.ACCEPTED and booked.order_id is not None
    ]
    # Some samples are the same order at another moment.
    amended = {b.order_id for _, p in taken for b in p.booked if b.outcome is Outcome.AMENDED}
    assert len(placed) == len(orders) >= 15
    different = {
        name: found
        for name, order, order_id in placed
        if order_id not in amended
        and (
            found := list(
                _differences(order, orders[order_id], [n for n in lines if n.order_id == order_id])
            )
        )
    }
    assert different == {}
    assert [
        n.id for n in lines if n.quantity != n.quantity_ordered * units[n.item_id, n.unit]
    ] == []
    again = await _take_all(tenant, doors, samples)
    assert [str(sample) for sample, p in again if p.outcome == "accepted"] == []
    assert len(await _rows(tenant, SalesOrder)) == len(orders)
