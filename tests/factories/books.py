"""Entries for the books."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from domain.entities.models import LegalEntity
from domain.kernel.work import Work
from domain.ledger.models import ExchangeRate
from domain.ledger.posting import Entry
from tests.factories.stock import new_entity
from tests.factories.tenants import TenantUnderTest

POSTED_ON = date(2026, 3, 2)


def new_entry(entity_id: int, source_id: int = 1, **fields: Any) -> Entry:
    """Goods worth 12.50 received, unless told otherwise."""
    wanted: dict[str, Any] = {
        "entity_id": entity_id,
        "milestone": "receipt",
        "source_kind": "stock_document",
        "source_id": source_id,
        "currency": "EUR",
        "legs": (("inventory", 1250), ("goods_received", -1250)),
        "posted_on": POSTED_ON,
        "description": "Receipt RC-1",
        "trace": {},
    }
    return Entry(**wanted | fields)


def sale(entity_id: int, shipment_id: int, *, order_id: int = 70, net: int = 1000) -> Entry:
    """The revenue of a shipment: net, 19 % tax on top, and a free delivery."""
    tax = net * 19 // 100
    return new_entry(
        entity_id,
        shipment_id,
        milestone="shipment_revenue",
        source_kind="shipment",
        legs=(("receivable", net + tax), ("revenue", -net), ("tax", -tax), ("shipping", 0)),
        description=f"Shipment {shipment_id}",
        trace={"shipment_id": shipment_id, "order_id": order_id, "intake_message_id": 8},
    )


def concession(entity_id: int, shipment_id: int, *, order_id: int = 70, net: int = 1000) -> Entry:
    """Revenue given away as a discount: nothing that follows documents of its own."""
    tax = net * 19 // 100
    return replace(
        sale(entity_id, shipment_id, order_id=order_id),
        legs=(("discount", net + tax), ("revenue", -net), ("tax", -tax)),
    )


async def number_of(tenant: TenantUnderTest, entity_id: int, place: int) -> str:
    """The number that the entity's journal of this place has in 2026."""
    async with tenant.read() as reader:
        code = await reader.value(
            select(LegalEntity.code).where(
                LegalEntity.tenant_id == tenant.id, LegalEntity.id == entity_id
            )
        )
    return f"{code}-2026-{place}"


async def set_rate(
    work: Work, one: str, other: str, rate: str, *, on: date = date(2026, 1, 1), kind: str = "spot"
) -> None:
    """From a day on, one unit of a currency is worth `rate` of the other."""
    await work.execute(
        insert(ExchangeRate).values(
            tenant_id=work.tenant_id,
            from_currency=one,
            to_currency=other,
            kind=kind,
            valid_on=on,
            rate=Decimal(rate),
        )
    )


async def entity_of(tenant: TenantUnderTest) -> int:
    """A new entity with no books yet."""
    async with tenant.work() as work:
        return await new_entity(work)
