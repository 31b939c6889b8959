"""Agreements as they are in effect on a day, for whoever reads much else in the same statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.engine import Row

from domain.intercompany.models import TradeAgreement, TradeAgreementPrice
from domain.intercompany.policies.paths import Agreed, Source, sources_of
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


async def sources_for(
    reader: Reader, *, entity_id: int, item_ids: Sequence[int], on: date
) -> tuple[Source, ...]:
    """The other owners whose stock of these items the entity may sell on a day, the best first."""
    told = await reader.value(
        select(agreed_as_json(reader.tenant_id, on, literal(list(item_ids), ARRAY(BigInteger))))
    )
    return sources_of(entity_id, agreed_from(told))


async def with_prices_of(
    reader: Reader, agreed: tuple[Agreed, ...], item_ids: Collection[int]
) -> tuple[Agreed, ...]:
    """The same, where more items count than were asked for at first; a statement only where some
    of them trade at fixed prices alone."""
    fixed = [each.id for each in agreed if each.items is not None]
    if not fixed or not item_ids:
        return agreed
    priced = await fixed_prices(reader, fixed, item_ids)
    return tuple(
        each
        if each.items is None
        else replace(each, items=each.items | {item for n, item in priced if n == each.id})
        for each in agreed
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
    # By leg of the supplier's journals; what is not there is the posting rules' choice.
    accounts: Mapping[str, int]


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
        {
            leg: account_id
            for leg, account_id in (
                ("intercompany_revenue", row.revenue_account_id),
                ("intercompany_cost", row.cost_account_id),
            )
            if account_id is not None
        },
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
