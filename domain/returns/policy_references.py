"""What a return policy names has to be there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, select

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import Location
from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.returns.models import ReturnReason


async def require_known(reader: Reader, rules: Sequence[Mapping[str, Any]]) -> None:
    """Raise NotFound unless the channels, items, locations and reasons of the rules are there."""
    named = (
        (Channel.__table__, "id", _all(rules, "channel_ids"), "channel"),
        (Item.__table__, "id", _all(rules, "item_ids"), "item"),
        (ReturnReason.__table__, "code", _all(rules, "reasons"), "return reason"),
        (
            Location.__table__,
            "id",
            {rule["location_id"] for rule in rules if "location_id" in rule},
            "location",
        ),
    )
    for table, column, wanted, kind in named:
        await _require(reader, table, column, wanted, kind)


def _all(rules: Iterable[Mapping[str, Any]], field: str) -> set[Any]:
    return {each for rule in rules for each in rule.get(field, ())}


async def _require(
    reader: Reader, table: FromClause, column: str, wanted: set[Any], kind: str
) -> None:
    if not wanted:
        return
    found = await reader.values(
        select(table.c[column]).where(
            table.c.tenant_id == reader.tenant_id, table.c[column].in_(wanted)
        )
    )
    if wanted - set(found):
        raise NotFound(kind)
