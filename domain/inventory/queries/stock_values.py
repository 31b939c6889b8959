"""What stock is worth at the end of a day, by entity, item, group of items, location or kind of
location; and how it is valued."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity, Location
from domain.inventory.models import (
    QUANTITY,
    CostingMethod,
    CostingRule,
    StockBalance,
    StockMovement,
)
from domain.inventory.valuation.values import owned
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY = ("entity", "item", "item_group", "location", "location_kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockValueFilter:
    """Whose stock, of what, where; what is None does not narrow."""

    entity_id: int | None = None
    item_id: int | None = None
    item_group: str | None = None
    location_id: int | None = None
    location_kind: str | None = None


@query("inventory.value")
async def stock_values(
    reader: Reader,
    *,
    by: str,
    where: StockValueFilter,
    request: PageRequest,
    as_of: date | None = None,
) -> Listing:
    """A page of values: entity_id, currency, `item_id`, `item_group`, `location_id` or
    `location_kind` (as asked for; others null), quantity, value_minor; what is at the end of a day
    (now if absent), by the days of the books.

    What an owner's item is worth is spread over locations by what lies there, exactly."""
    values = _values(reader, as_of, at_places=by.startswith("location") or _is_of_place(where))
    names = ("item_id", "item_group", "location_id", "location_kind")
    wanted = {"item": "item_id", "location": "location_id"}.get(by, by)
    keys = {name: values.c[name] for name in names if name == wanted}
    rows = (
        select(
            values.c.owner_id,
            LegalEntity.currency,
            *(keys.get(name, _none(name)).label(name) for name in names),
            func.sum(values.c.quantity).label("quantity"),
            func.sum(values.c.value_minor).cast(BigInteger).label("value_minor"),
        )
        .select_from(values)
        .join(
            LegalEntity,
            and_(LegalEntity.tenant_id == reader.tenant_id, LegalEntity.id == values.c.owner_id),
        )
        .where(*_conditions(values, where))
        .group_by(values.c.owner_id, LegalEntity.currency, *keys.values())
        .subquery("by_key")
    )
    ordering = Ordering(
        (
            rows.c.owner_id,
            func.coalesce(rows.c.item_id, rows.c.location_id, 0),
            func.coalesce(rows.c.item_group, rows.c.location_kind, ""),
        )
    )
    statement = select(*rows.c).where((rows.c.quantity != 0) | (rows.c.value_minor != 0))
    return await list_page(reader, statement, ordering=ordering, request=request)


def _none(name: str) -> ColumnElement[Any]:
    return cast(null(), BigInteger if name.endswith("_id") else Text)


def _is_of_place(where: StockValueFilter) -> bool:
    return where.location_id is not None or where.location_kind is not None


def _conditions(values: FromClause, where: StockValueFilter) -> list[ColumnElement[bool]]:
    asked = {
        "owner_id": where.entity_id,
        "item_id": where.item_id,
        "item_group": where.item_group,
        "location_id": where.location_id,
        "location_kind": where.location_kind,
    }
    return [values.c[name] == value for name, value in asked.items() if value is not None]


def _values(reader: Reader, as_of: date | None, *, at_places: bool) -> FromClause:
    found = owned(reader.tenant_id, as_of)
    items = and_(Item.tenant_id == reader.tenant_id, Item.id == found.c.item_id)
    whole = select(found.c.owner_id, found.c.item_id, Item.item_group)
    if not at_places:
        return (
            whole.add_columns(
                found.c.quantity,
                found.c.value_minor,
                _none("location_id").label("location_id"),
                _none("location_kind").label("location_kind"),
            )
            .join(Item, items)
            .subquery("values_of_items")
        )
    places = _places(reader, as_of).subquery("places")
    # What lies at the places so far bears so much: differences of that close to the whole.
    of_item = (places.c.owner_id, places.c.item_id)
    all_of_it = func.sum(places.c.on_hand).over(partition_by=of_item)
    so_far = func.sum(places.c.on_hand).over(partition_by=of_item, order_by=places.c.location_id)

    def borne(quantity: Any, figure: Any, scale: int) -> Any:
        return func.round(figure * quantity / all_of_it, literal(scale, Integer))

    value = borne(so_far, found.c.value_minor, 0) - borne(
        so_far - places.c.on_hand, found.c.value_minor, 0
    )
    quantity = borne(so_far, found.c.quantity, 6) - borne(
        so_far - places.c.on_hand, found.c.quantity, 6
    )
    return (
        whole.add_columns(
            quantity.label("quantity"),
            value.label("value_minor"),
            places.c.location_id,
            Location.kind.label("location_kind"),
        )
        .select_from(found)
        .join(Item, items)
        .join(
            places,
            and_(places.c.owner_id == found.c.owner_id, places.c.item_id == found.c.item_id),
        )
        .join(
            Location,
            and_(Location.tenant_id == reader.tenant_id, Location.id == places.c.location_id),
        )
        .subquery("values_at_places")
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)


def _summed(keys: tuple[Any, ...], on_hand: Any) -> Select[Any]:
    summed: Select[Any] = select(*keys, cast(on_hand, QUANTITY).label("on_hand"))
    return summed


def _places(reader: Reader, as_of: date | None) -> Select[Any]:
    """How much of each owner's item lay at each location."""
    keys = (StockBalance.owner_id, StockBalance.item_id, StockBalance.location_id)
    if as_of is None:
        on_hand: Any = func.sum(StockBalance.on_hand)
        statement = _summed(keys, on_hand)
    else:
        on_hand = func.sum(StockMovement.on_hand)
        statement = (
            _summed(keys, on_hand)
            .join(
                StockMovement,
                and_(
                    StockMovement.tenant_id == StockBalance.tenant_id,
                    StockMovement.balance_id == StockBalance.id,
                ),
            )
            .where(StockMovement.occurred_at < _end_of(as_of))
        )
    return (
        statement.where(StockBalance.tenant_id == reader.tenant_id)
        .group_by(*keys)
        .having(on_hand > 0)
    )


@query("inventory.value")
async def costing_methods(reader: Reader, *, entity_id: int) -> list[Row[Any]]:
    """The methods that an entity settled, the latest first."""
    return list(
        await reader.rows(
            select(*CostingMethod.__table__.c)
            .where(
                CostingMethod.tenant_id == reader.tenant_id, CostingMethod.entity_id == entity_id
            )
            .order_by(CostingMethod.effective_from.desc(), CostingMethod.id.desc())
        )
    )


@query("inventory.value")
async def costing_rule(reader: Reader, *, entity_id: int) -> Row[Any] | None:
    """What the entity lets happen to values, with its currency; None: nothing was settled."""
    return await reader.row(
        select(*CostingRule.__table__.c, LegalEntity.currency)
        .join(
            LegalEntity,
            and_(
                LegalEntity.tenant_id == CostingRule.tenant_id,
                LegalEntity.id == CostingRule.entity_id,
            ),
        )
        .where(CostingRule.tenant_id == reader.tenant_id, CostingRule.entity_id == entity_id)
    )
