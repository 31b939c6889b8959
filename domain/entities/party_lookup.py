"""Whom a document means, by the codes it gives."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.entities.models import Party, PartyIdentifier
from domain.kernel.reading import Reader


async def find_party(
    reader: Reader, *, channel_id: int | None, values: Sequence[str]
) -> int | None:
    """The party known by one of `values`: the first value that is known wins, and for it what
    the channel says comes before what holds everywhere. Of any status; one statement."""
    wanted = [value.strip() for value in values if value and value.strip()]
    if not wanted:
        return None
    rows = await reader.rows(
        select(PartyIdentifier.party_id, PartyIdentifier.channel_id, PartyIdentifier.value).where(
            PartyIdentifier.tenant_id == reader.tenant_id,
            PartyIdentifier.value.in_(wanted),
            PartyIdentifier.channel_id.is_(None) | (PartyIdentifier.channel_id == channel_id),
        )
    )
    if not rows:
        return None
    best = min(rows, key=lambda row: (wanted.index(row.value), row.channel_id is None))
    return int(best.party_id)


async def early_delivery_allowed(reader: Reader, party_id: int) -> bool:
    """Whether a customer takes what it orders before the day on which it wants it."""
    allowed = await reader.value(
        select(Party.early_delivery_allowed).where(
            Party.tenant_id == reader.tenant_id, Party.id == party_id
        )
    )
    return allowed is not False
