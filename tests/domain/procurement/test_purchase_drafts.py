"""A draft is changed while nobody else has seen it; orders are in any currency."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.errors import InvalidInput, InvalidState, NotFound, StaleVersion
from domain.kernel.models import AuditEntry
from domain.ledger.models import JournalLine
from domain.ledger.outcomes import ExchangeRateMissing
from domain.procurement.drafts import WantedPurchaseLine
from domain.procurement.models import PurchaseOrderLine
from domain.procurement.operations.ordering import revise_purchase_order, send_purchase_order
from tests.factories.books import set_rate
from tests.factories.orders import new_shop
from tests.factories.purchases import Buying, new_buying
from tests.factories.tenants import TenantUnderTest, new_tenant


@pytest.fixture
async def buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant, items=2, locations=2))


def _line(buying: Buying, quantity: int, *, item: int = 0) -> WantedPurchaseLine:
    return WantedPurchaseLine(
        item_id=buying.shop.setting.item_ids[item],
        quantity=Decimal(quantity),
        unit_price=Decimal("3.00"),
        wanted_on=buying.day(10),
    )


async def _lines(buying: Buying, order_id: int) -> list[tuple[int, int, Decimal, Decimal]]:
    async with buying.shop.tenant.read() as reader:
        rows = await reader.rows(
            select(*PurchaseOrderLine.__table__.c)
            .where(PurchaseOrderLine.order_id == order_id)
            .order_by(PurchaseOrderLine.line_number)
        )
    return [(row.line_number, row.item_id, row.quantity, row.unit_price) for row in rows]


async def _revise(buying: Buying, order_id: int, **fields: Any) -> None:
    async with buying.shop.tenant.work() as work:
        await revise_purchase_order(work, order_id=order_id, **fields)


async def test_a_draft_gets_other_lines_another_place_and_other_terms(buying: Buying) -> None:
    order_id = await buying.ordered(100, 20, sent=False)
    place = buying.shop.setting.location_ids[1]
    items = buying.shop.setting.item_ids

    await _revise(
        buying,
        order_id,
        location_id=place,
        lines=[_line(buying, 5, item=1)],
        over_percent=Decimal(10),
        note_to_supplier="By the back door.",
        expected_version=1,
    )

    order = await buying.order(order_id)
    assert (order.status, order.location_id, order.currency) == ("draft", place, "EUR")
    assert (order.over_percent, order.note, order.version) == (10, "By the back door.", 2)
    assert await _lines(buying, order_id) == [(1, items[1], Decimal(5), Decimal(3))]
    assert await buying.coming(item=1) == []
    async with buying.shop.tenant.read() as reader:
        audit = await reader.row(
            select(AuditEntry.before, AuditEntry.after).where(
                AuditEntry.tenant_id == reader.tenant_id,
                AuditEntry.action == "revise_purchase_order",
            )
        )
    assert audit is not None
    assert audit.before["note"] is None
    assert audit.after["note"] == "By the back door."
    assert len(audit.after["lines"]) == 1


async def test_what_is_left_out_stays(buying: Buying) -> None:
    order_id = await buying.ordered(100, sent=False, currency="USD", over_percent=Decimal(5))
    before = await _lines(buying, order_id)
    await _revise(buying, order_id, external_reference="R-1")
    order = await buying.order(order_id)
    assert (order.currency, order.over_percent, order.external_reference) == ("USD", 5, "R-1")
    assert await _lines(buying, order_id) == before


async def test_what_its_supplier_has_seen_is_not_revised(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    before = await _lines(buying, order_id)
    with pytest.raises(InvalidState) as refused:
        await _revise(buying, order_id, lines=[_line(buying, 5)])
    assert refused.value.fields["state"] == "sent"
    assert await _lines(buying, order_id) == before


async def test_an_unsound_revision_changes_nothing(buying: Buying) -> None:
    order_id = await buying.ordered(100, sent=False)
    before = await _lines(buying, order_id)
    for fields, refusal in (
        ({"lines": []}, InvalidInput),
        ({"lines": [_line(buying, 0)]}, InvalidInput),
        ({"over_percent": Decimal(101)}, InvalidInput),
        ({"currency": "Euro"}, InvalidInput),
        ({"location_id": 10**9}, NotFound),
        ({"expected_version": 9, "lines": [_line(buying, 1)]}, StaleVersion),
    ):
        with pytest.raises(refusal):
            await _revise(buying, order_id, **fields)  # type: ignore[arg-type]
    assert await _lines(buying, order_id) == before
    assert (await buying.order(order_id)).version == 1
    other = await new_tenant(buying.shop.tenant.engine, now=buying.shop.tenant.now)
    with pytest.raises(NotFound):
        async with other.work() as work:
            await revise_purchase_order(work, order_id=order_id, external_reference="x")


async def test_goods_of_a_foreign_order_are_worth_what_the_day_makes_of_their_price(
    buying: Buying,
) -> None:
    tenant = buying.shop.tenant
    order_id = await buying.ordered(100, currency="USD")
    assert (await buying.order(order_id)).currency == "USD"
    with pytest.raises(ExchangeRateMissing):
        await buying.receive(order_id, 10)
    assert await buying.shop.available() == 0
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.80")
    await buying.receive(order_id, 10)
    # Ten at 2.50 dollars, of which each is worth 0.80 euros.
    assert await buying.shop.available() == 10
    async with tenant.read() as reader:
        amounts = await reader.values(
            select(JournalLine.amount_minor)
            .where(JournalLine.tenant_id == tenant.id)
            .order_by(JournalLine.amount_minor)
        )
    assert amounts == [-2000, 2000]
    assert await buying.violations() == []


async def test_a_new_buyer_brings_its_own_currency(buying: Buying) -> None:
    order_id = await buying.ordered(10, sent=False, currency="USD")
    await _revise(buying, order_id, currency=None)
    assert (await buying.order(order_id)).currency == "EUR"
    async with buying.shop.tenant.work() as work:
        await send_purchase_order(work, order_id=order_id)
    assert await buying.status(order_id) == "sent"
