"""Which item a document means, by the codes it gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.catalog.models import Item, ItemIdentifier
from domain.catalog.policy import STAGES, code_for_stage
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader

# Stage, whose code it is (a channel or a customer), and the code.
_Key = tuple[str, int | None, str]


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
    is_kit: bool = False


@dataclass(frozen=True, slots=True)
class ItemAsk:
    """A query in somebody's words: codes of the channel and of the customer count for them."""

    query: ItemCodeQuery
    channel_id: int | None
    party_id: int | None

    def tried(self) -> Iterator[_Key]:
        """What to try, in order."""
        scopes = {"channel": self.channel_id, "customer": self.party_id}
        for stage in STAGES:
            scope = scopes.get(stage)
            if stage in scopes and scope is None:
                continue
            for kind, value in self.query.values:
                code = code_for_stage(stage, kind, value)
                if code is not None:
                    yield stage, scope, code


async def find_items(
    reader: Reader,
    *,
    codes: Sequence[ItemCodeQuery],
    channel_id: int | None,
    party_id: int | None,
) -> list[FoundItem | None]:
    """The item of each query, or None; in one statement for all.

    The channel's code comes before the customer's, then GTIN (in any length), then our SKU."""
    return await find_asked_items(reader, [ItemAsk(each, channel_id, party_id) for each in codes])


async def find_asked_items(reader: Reader, asks: Sequence[ItemAsk]) -> list[FoundItem | None]:
    """As find_items, for queries in the words of several channels and customers."""
    wanted = [list(ask.tried()) for ask in asks]
    keys = {key for tried in wanted for key in tried}
    if not keys:
        return [None] * len(asks)
    stages = tuple(stage for stage in STAGES if any(key[0] == stage for key in keys))
    values: dict[str, Any] = {"tenant": reader.tenant_id}
    for stage in stages:
        values[f"{stage}_codes"] = sorted({key[2] for key in keys if key[0] == stage})
        values[f"{stage}_scopes"] = sorted({key[1] or 0 for key in keys if key[0] == stage})
    found = {
        (row.stage, row.scope, row.value): row
        for row in await reader.rows(_statement(stages), values)
    }
    return [_first(found, tried) for tried in wanted]


def _first(found: Mapping[_Key, Row[Any]], tried: Sequence[_Key]) -> FoundItem | None:
    for key in tried:
        if (row := found.get(key)) is not None:
            return FoundItem(
                row.id, row.sku, row.base_unit, row.unit, row.status, row.kind == "kit"
            )
    return None


@cache
def _statement(stages: tuple[str, ...]) -> Prepared:
    scopes: dict[str, Any] = {
        "channel": ItemIdentifier.channel_id,
        "customer": ItemIdentifier.party_id,
        "gtin": None,
    }
    parts = [_by_sku() if stage == "sku" else _by(stage, scopes[stage]) for stage in stages]
    return Prepared(parts[0] if len(parts) == 1 else union_all(*parts))


def _by(stage: str, scope: Any) -> Select[Any]:
    scoped = (
        ItemIdentifier.channel_id.is_(None)
        if scope is None
        else scope == _any_id(f"{stage}_scopes")
    )
    return (
        _columns(stage, ItemIdentifier.value, ItemIdentifier.unit, scope)
        .join(
            ItemIdentifier,
            (ItemIdentifier.tenant_id == Item.tenant_id) & (ItemIdentifier.item_id == Item.id),
        )
        .where(
            Item.tenant_id == bindparam("tenant", type_=Integer),
            ItemIdentifier.tenant_id == bindparam("tenant", type_=Integer),
            ItemIdentifier.scheme == stage,
            ItemIdentifier.value == _any_code(stage),
            scoped,
        )
    )


def _by_sku() -> Select[Any]:
    return _columns("sku", Item.sku, null().cast(Text), None).where(
        Item.tenant_id == bindparam("tenant", type_=Integer), Item.sku == _any_code("sku")
    )


def _any_code(stage: str) -> Any:
    return any_(bindparam(f"{stage}_codes", type_=ARRAY(Text)))


def _any_id(name: str) -> Any:
    return any_(bindparam(name, type_=ARRAY(BigInteger)))


def _columns(stage: str, value: Any, unit: Any, scope: Any) -> Select[Any]:
    return select(
        literal_column(f"'{stage}'", Text).label("stage"),
        (null().cast(BigInteger) if scope is None else scope).label("scope"),
        value.label("value"),
        Item.id,
        Item.sku,
        Item.base_unit,
        unit.label("unit"),
        Item.status,
        Item.kind,
    ).select_from(Item)
