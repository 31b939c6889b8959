"""Which item a document means, by the codes it gives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, any_, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.catalog.models import Item, ItemIdentifier
from domain.catalog.policy import STAGES, code_for_stage
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class ItemCodeQuery:
    """The codes that one line gives, as (kind, value), the most telling first.

    Kinds: channel, customer, buyer, gtin, upc, ean, sku, vendor, asin, variant and others; only
    product, style and attribute are passed over, because they name more than one item."""

    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item that a code names, of any status; `unit` is what the code implies (the GTIN of the
    case), None when the code says nothing of it."""

    item_id: int
    sku: str
    base_unit: str
    unit: str | None
    status: str


async def find_items(
    reader: Reader,
    *,
    codes: Sequence[ItemCodeQuery],
    channel_id: int | None,
    party_id: int | None,
) -> list[FoundItem | None]:
    """The item of each query, or None; in one statement for all.

    The channel's code comes before the customer's, then GTIN (in any length), then our SKU."""
    wanted = [_by_stage(query) for query in codes]
    statement = _statement(reader, wanted, channel_id=channel_id, party_id=party_id)
    if statement is None:
        return [None] * len(codes)
    found = {(row.stage, row.value): row for row in await reader.rows(statement)}
    return [_first(found, keys) for keys in wanted]


def _by_stage(query: ItemCodeQuery) -> list[tuple[str, str]]:
    """The (stage, value) pairs to try, in order."""
    tried = ((stage, code_for_stage(stage, k, v)) for stage in STAGES for k, v in query.values)
    return [(stage, value) for stage, value in tried if value is not None]


def _first(found: dict[tuple[str, str], Row[Any]], keys: list[tuple[str, str]]) -> FoundItem | None:
    for key in keys:
        if (row := found.get(key)) is not None:
            return FoundItem(row.id, row.sku, row.base_unit, row.unit, row.status)
    return None


def _statement(
    reader: Reader,
    wanted: Iterable[list[tuple[str, str]]],
    *,
    channel_id: int | None,
    party_id: int | None,
) -> Any:
    values: dict[str, set[str]] = {stage: set() for stage in STAGES}
    for stage, value in (pair for pairs in wanted for pair in pairs):
        values[stage].add(value)
    scopes: dict[str, ColumnElement[bool] | None] = {
        "channel": None if channel_id is None else ItemIdentifier.channel_id == channel_id,
        "customer": None if party_id is None else ItemIdentifier.party_id == party_id,
        "gtin": ItemIdentifier.channel_id.is_(None),
    }
    parts = [
        _identified(reader, stage, sorted(values[stage])).where(scope)
        for stage, scope in scopes.items()
        if scope is not None and values[stage]
    ]
    if values["sku"]:
        parts.append(_by_sku(reader, sorted(values["sku"])))
    return union_all(*parts) if parts else None


def _identified(reader: Reader, stage: str, values: list[str]) -> Select[Any]:
    return (
        _columns(stage, ItemIdentifier.value, ItemIdentifier.unit)
        .join(
            ItemIdentifier,
            (ItemIdentifier.tenant_id == Item.tenant_id) & (ItemIdentifier.item_id == Item.id),
        )
        .where(
            Item.tenant_id == reader.tenant_id,
            ItemIdentifier.tenant_id == reader.tenant_id,
            ItemIdentifier.scheme == stage,
            ItemIdentifier.value == any_(literal(values, ARRAY(Text))),
        )
    )


def _by_sku(reader: Reader, values: list[str]) -> Select[Any]:
    return _columns("sku", Item.sku, null().cast(Text)).where(
        Item.tenant_id == reader.tenant_id, Item.sku == any_(literal(values, ARRAY(Text)))
    )


def _columns(stage: str, value: Any, unit: Any) -> Select[Any]:
    return select(
        literal(stage, Text).label("stage"),
        value.label("value"),
        Item.id,
        Item.sku,
        Item.base_unit,
        unit.label("unit"),
        Item.status,
    ).select_from(Item)
