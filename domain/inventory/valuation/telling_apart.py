"""A correction of what left is reported where its sale was: by channel, place and item group."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ARRAY, BigInteger, Text, and_, column, func, literal, select

from domain.catalog.models import Item
from domain.inventory.valuation.kinds import Corrected, Legs, Source
from domain.kernel.reading import Reader
from domain.ledger.entries import NONE, Dimensions, Leg
from domain.ledger.models import Journal, JournalLine

_Place = tuple[int, Source]


async def told_apart(reader: Reader, legs: Legs, corrected: Sequence[Corrected]) -> tuple[Leg, ...]:
    """The legs of a journal, those parts apart that correct what left: with the dimensions that
    its own journal had. They add up to the same."""
    moved = [each for each in corrected if each.amount_minor]
    if not moved:
        return tuple(Leg(*leg) for leg in legs)
    places = await _places(reader, {(each.owner_id, each.source) for each in moved})
    groups = await _groups(reader, {each.item_id for each in moved})
    parts: Counter[tuple[str, Dimensions]] = Counter()
    for each in moved:
        channel_id, location_id = places.get((each.owner_id, each.source), (None, None))
        said = Dimensions(
            channel_id=channel_id, location_id=location_id, item_group=groups.get(each.item_id)
        )
        if said != NONE:
            parts[each.leg, said] += each.amount_minor
    apart: Counter[str] = Counter()
    for (name, _), amount in parts.items():
        apart[name] += amount
    whole = Counter(dict(legs))
    whole.subtract(apart)
    return (
        *(Leg(name, amount) for name, amount in whole.items() if amount),
        *(Leg(name, amount, said) for (name, said), amount in parts.items() if amount),
    )


async def _places(
    reader: Reader, wanted: Iterable[_Place]
) -> Mapping[_Place, tuple[int | None, int | None]]:
    """Channel and location of what each document of an owner posted to profit and loss."""
    asked = list(wanted)
    given = (
        func.unnest(
            literal([owner for owner, _ in asked], ARRAY(BigInteger)),
            literal([source.kind for _, source in asked], ARRAY(Text)),
            literal([source.id for _, source in asked], ARRAY(BigInteger)),
        )
        .table_valued(
            column("owner", BigInteger), column("kind", Text), column("number", BigInteger)
        )
        .render_derived(name="given")
    )
    rows = await reader.rows(
        select(
            Journal.entity_id,
            Journal.source_kind,
            Journal.source_id,
            func.min(JournalLine.channel_id).label("channel_id"),
            func.min(JournalLine.location_id).label("location_id"),
        )
        .join(
            given,
            and_(
                Journal.entity_id == given.c.owner,
                Journal.source_kind == given.c.kind,
                Journal.source_id == given.c.number,
            ),
        )
        .join(
            JournalLine,
            and_(JournalLine.tenant_id == Journal.tenant_id, JournalLine.journal_id == Journal.id),
        )
        .where(Journal.tenant_id == reader.tenant_id)
        .group_by(Journal.entity_id, Journal.source_kind, Journal.source_id)
    )
    return {
        (row.entity_id, Source(row.source_kind, row.source_id)): (row.channel_id, row.location_id)
        for row in rows
    }


async def _groups(reader: Reader, item_ids: Iterable[int]) -> dict[int, str | None]:
    rows = await reader.rows(
        select(Item.id, Item.item_group).where(
            Item.tenant_id == reader.tenant_id, Item.id.in_(list(item_ids))
        )
    )
    return {row.id: row.item_group for row in rows}
