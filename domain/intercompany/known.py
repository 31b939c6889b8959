"""Agreements with both entities' currencies, and what items cost under them."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.intercompany.agreements import Agreement, agreement_of, fixed_prices
from domain.intercompany.models import TradeAgreement
from domain.intercompany.policies.pricing import TransferPrice, transfer_price
from domain.kernel.reading import Reader
from domain.pricing.models import Price

SUPPLIER = aliased(LegalEntity, name="supplier")
BUYER = aliased(LegalEntity, name="buyer")
COLUMNS: tuple[Any, ...] = (
    TradeAgreement.id.label("agreement_id"),
    *(
        getattr(TradeAgreement, name)
        for name in (
            *("supplier_id", "buyer_id", "currency", "method", "percent", "fallback_percent"),
            *("tax_percent", "price_list_id", "settlement_days", "transit_owner", "dispositions"),
            *("revenue_account_id", "cost_account_id"),
        )
    ),
    SUPPLIER.currency.label("supplier_currency"),
    BUYER.currency.label("buyer_currency"),
)


def with_entities(statement: Any) -> Any:
    """A statement over trade agreements, joined to both entities."""
    agreement = TradeAgreement
    for entity, named in ((SUPPLIER, agreement.supplier_id), (BUYER, agreement.buyer_id)):
        statement = statement.join(
            entity, and_(entity.tenant_id == agreement.tenant_id, entity.id == named)
        )
    return statement


async def agreements_of_ids(reader: Reader, ids: Collection[int]) -> dict[int, Agreement]:
    """The versions by their ids; one statement."""
    rows = await reader.rows(
        with_entities(select(*COLUMNS).select_from(TradeAgreement)).where(
            TradeAgreement.tenant_id == reader.tenant_id, TradeAgreement.id.in_(sorted(ids))
        )
    )
    return {row.agreement_id: agreement_of(row) for row in rows}


async def transfer_prices(
    reader: Reader,
    agreements: Mapping[int, Agreement],
    quantities: Mapping[tuple[int, int], Decimal],
) -> dict[tuple[int, int], TransferPrice]:
    """The price of each (agreement, item), of which so much (base units) is traded."""
    items = {item_id for _, item_id in quantities}
    fixed = await fixed_prices(reader, agreements, items)
    listed = await _listed(reader, agreements, quantities)
    return {
        (agreement_id, item_id): transfer_price(
            agreements[agreement_id].terms,
            fixed=fixed.get((agreement_id, item_id)),
            listed=listed.get((agreement_id, item_id)),
        )
        for agreement_id, item_id in quantities
    }


async def _listed(
    reader: Reader,
    agreements: Mapping[int, Agreement],
    quantities: Mapping[tuple[int, int], Decimal],
) -> dict[tuple[int, int], Decimal]:
    """What the agreements' lists say of one base unit, at the quantity break that is reached."""
    lists = {
        each.id: each.price_list_id
        for each in agreements.values()
        if each.price_list_id is not None
    }
    if not lists:
        return {}
    rows = await reader.rows(
        select(Price.price_list_id, Price.item_id, Price.minimum_quantity, Price.unit_price)
        .join(
            Item,
            and_(
                Item.tenant_id == Price.tenant_id,
                Item.id == Price.item_id,
                Item.base_unit == Price.unit,
            ),
        )
        .where(
            Price.tenant_id == reader.tenant_id,
            Price.price_list_id.in_(sorted(set(lists.values()))),
            Price.item_id.in_(sorted({item_id for _, item_id in quantities})),
        )
        .order_by(Price.minimum_quantity)
    )
    return {
        (agreement_id, item_id): row.unit_price
        for row in rows
        for (agreement_id, item_id), quantity in quantities.items()
        if lists.get(agreement_id) == row.price_list_id
        and item_id == row.item_id
        and row.minimum_quantity <= quantity
    }
