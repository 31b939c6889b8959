"""Agreements as they are in effect on a day, for whoever reads much else in the same statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, func, or_, select
from sqlalchemy.engine import Row

from domain.intercompany.models import TradeAgreement, TradeAgreementPrice
from domain.intercompany.policies.paths import Agreed
from domain.intercompany.policies.pricing import FIXED, Terms
from domain.kernel.reading import Reader


def in_effect(on: Any) -> ColumnElement[bool]:
    """Whether a version holds on a day (a value or a parameter)."""
    return and_(
        TradeAgreement.effective_from <= on,
        or_(TradeAgreement.effective_to.is_(None), TradeAgreement.effective_to >= on),
    )


def agreed_as_json(tenant: Any, on: Any, items: Any) -> Any:
    """A scalar subquery of the tenant's agreements on a day, as `agreed_from` reads it; of those
    with fixed prices alone, which of these items (an array) they have a price for."""
    price, agreement = TradeAgreementPrice, TradeAgreement
    priced = (
        select(func.coalesce(func.json_agg(price.item_id), func.json_build_array()))
        .where(
            price.tenant_id == tenant,
            price.agreement_id == agreement.id,
            price.item_id == any_(items),
            agreement.method == FIXED,
        )
        .correlate(agreement)
        .scalar_subquery()
    )
    row = func.json_build_array(
        agreement.id,
        agreement.supplier_id,
        agreement.buyer_id,
        agreement.lead_days,
        agreement.rank,
        agreement.method,
        priced,
    )
    return (
        select(func.json_agg(row))
        .where(agreement.tenant_id == tenant, in_effect(on))
        .scalar_subquery()
    )


def agreed_from(told: Sequence[Any] | None) -> tuple[Agreed, ...]:
    """The agreements that `agreed_as_json` told, in the order of their ids."""
    return tuple(
        Agreed(row, supplier, buyer, lead_days, rank, frozenset(items) if method == FIXED else None)
        for row, supplier, buyer, lead_days, rank, method, items in sorted(told or ())
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """A version of an agreement as trades need it; `prices` are those of the items asked for."""

    id: int
    supplier_id: int
    buyer_id: int
    supplier_currency: str
    buyer_currency: str
    currency: str
    terms: Terms
    tax_percent: Decimal
    price_list_id: int | None
    settlement_days: int
    transit_owner: str
    dispositions: Mapping[str, str | None]


def agreement_of(row: Row[Any]) -> Agreement:
    """A row of `COLUMNS` with both entities' currencies."""
    return Agreement(
        row.agreement_id,
        row.supplier_id,
        row.buyer_id,
        row.supplier_currency,
        row.buyer_currency,
        row.currency,
        Terms(row.method, row.percent, row.fallback_percent),
        row.tax_percent,
        row.price_list_id,
        row.settlement_days,
        row.transit_owner,
        row.dispositions,
    )


async def agreement_between(
    reader: Reader, *, supplier_id: int, buyer_id: int, on: date
) -> Row[Any] | None:
    """The version between two entities that holds on a day; None: they have no agreement then."""
    return await reader.row(
        select(*TradeAgreement.__table__.c).where(
            TradeAgreement.tenant_id == reader.tenant_id,
            TradeAgreement.supplier_id == supplier_id,
            TradeAgreement.buyer_id == buyer_id,
            in_effect(on),
        )
    )


async def fixed_prices(
    reader: Reader, agreement_ids: Collection[int], item_ids: Collection[int]
) -> dict[tuple[int, int], Decimal]:
    """Prices of items by (agreement, item), major units per base unit."""
    price = TradeAgreementPrice
    rows = await reader.rows(
        select(price.agreement_id, price.item_id, price.unit_price).where(
            price.tenant_id == reader.tenant_id,
            price.agreement_id.in_(sorted(agreement_ids)),
            price.item_id.in_(sorted(item_ids)),
        )
    )
    return {(row.agreement_id, row.item_id): row.unit_price for row in rows}
