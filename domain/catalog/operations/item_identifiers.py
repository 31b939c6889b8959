"""The codes by which the world knows an item."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, and_, column, delete, select, table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.catalog.events import ItemChanged
from domain.catalog.models import Item, ItemIdentifier, ItemUnit
from domain.catalog.outcomes import ItemCodeTaken
from domain.catalog.policy import IdentifierKey, same_unit, sound_identifier
from domain.entities.models import Party
from domain.kernel.errors import Conflict, InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record, require_record
from domain.kernel.work import Work

# Channels stand in a higher area, which this one must not import; the foreign key is by name too.
_CHANNEL = table("channel", column("tenant_id"), column("id"))
_UNIQUE = ["tenant_id", "scheme", "channel_id", "party_id", "value"]


@operation("catalog.manage")
async def assign_item_identifier(
    work: Work, *, item_id: int, key: IdentifierKey, unit: str | None = None
) -> None:
    """The item is known by the code, in `unit` if one is given (the GTIN of the case).

    Given again with another unit, the unit changes. Raises InvalidInput, NotFound,
    ItemCodeTaken (kind, value, item_id, sku: the item that has it)."""
    key = sound_identifier(key)
    await lock_record(work, Item, item_id, kind="item")
    await require_record(work, _CHANNEL, key.channel_id, kind="channel")
    await require_record(work, Party.__table__, key.party_id, kind="party")
    unit = await _own_unit(work, item_id, unit)
    values = {"tenant_id": work.tenant_id, "item_id": item_id, "unit": unit, **asdict(key)}
    statement = insert(ItemIdentifier).values(values)
    assigned = await work.value(
        statement.on_conflict_do_update(
            index_elements=_UNIQUE,
            set_={"unit": unit},
            where=(ItemIdentifier.item_id == item_id),
        ).returning(ItemIdentifier.id)
    )
    if assigned is None:
        raise _taken(key, await _holder(work, key))
    _note(work, "assign_item_identifier", item_id, after={**asdict(key), "unit": unit})


@operation("catalog.manage")
async def remove_item_identifier(work: Work, *, item_id: int, key: IdentifierKey) -> None:
    """The item is no longer known by the code. Raises InvalidInput, NotFound."""
    key = sound_identifier(key)
    await lock_record(work, Item, item_id, kind="item")
    removed = await work.execute(
        delete(ItemIdentifier).where(_is(work, key), ItemIdentifier.item_id == item_id)
    )
    if not removed:
        raise NotFound("identifier")
    _note(work, "remove_item_identifier", item_id, before=asdict(key))


def _is(work: Work, key: IdentifierKey) -> ColumnElement[bool]:
    return and_(
        ItemIdentifier.tenant_id == work.tenant_id,
        ItemIdentifier.scheme == key.scheme,
        ItemIdentifier.channel_id.is_not_distinct_from(key.channel_id),
        ItemIdentifier.party_id.is_not_distinct_from(key.party_id),
        ItemIdentifier.value == key.value,
    )


async def _own_unit(work: Work, item_id: int, unit: str | None) -> str | None:
    if unit is None:
        return None
    known = await work.values(
        select(ItemUnit.unit).where(
            ItemUnit.tenant_id == work.tenant_id, ItemUnit.item_id == item_id
        )
    )
    spelling = same_unit(unit, known)
    if spelling is None:
        message = f"The item has no such unit; it has {', '.join(sorted(known))}."
        raise InvalidInput(message, path=("unit",))
    return spelling


async def _holder(work: Work, key: IdentifierKey) -> Row[Any]:
    holder = await work.row(
        select(Item.id, Item.sku)
        .join(
            ItemIdentifier,
            (ItemIdentifier.tenant_id == Item.tenant_id) & (ItemIdentifier.item_id == Item.id),
        )
        .where(_is(work, key))
    )
    if holder is None:
        raise Conflict("The code was taken away from another item just now; try again.")
    return holder


def _taken(key: IdentifierKey, holder: Row[Any]) -> ItemCodeTaken:
    return ItemCodeTaken(
        f"{key.value} is already the code of {holder.sku}.",
        path=("value",),
        kind=f"{key.scheme} code",
        value=key.value,
        item_id=holder.id,
        sku=holder.sku,
    )


def _note(
    work: Work,
    action: str,
    item_id: int,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    work.record(ItemChanged(aggregate_id=item_id, changed=("identifiers",)))
    work.audit(action, subject="item", subject_id=item_id, before=before, after=after)
