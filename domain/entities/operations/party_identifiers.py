"""The codes by which channels know a party."""

from typing import Any

from sqlalchemy import column, delete, select, table
from sqlalchemy.dialects.postgresql import insert

from domain.entities.events import PartyChanged
from domain.entities.models import Party, PartyIdentifier
from domain.entities.outcomes import PartyCodeTaken
from domain.kernel import text
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record, require_record
from domain.kernel.work import Work

# Channels stand in a higher area, which this one must not import; the foreign key is by name too.
_CHANNEL = table("channel", column("tenant_id"), column("id"))


@operation("entities.manage")
async def assign_party_identifier(
    work: Work, *, party_id: int, value: str, channel_id: int | None = None
) -> None:
    """The party is known as `value` on the channel, or everywhere when none is given.

    Twice is once. Raises InvalidInput, NotFound, PartyCodeTaken."""
    value = text.name(value, path=("value",))
    await lock_record(work, Party, party_id, kind="party")
    await require_record(work, _CHANNEL, channel_id, kind="channel")
    statement = insert(PartyIdentifier).values(
        tenant_id=work.tenant_id, party_id=party_id, channel_id=channel_id, value=value
    )
    assigned = await work.value(
        statement.on_conflict_do_nothing(
            index_elements=["tenant_id", "channel_id", "value"]
        ).returning(PartyIdentifier.id)
    )
    if assigned is None:
        await _require_own(work, party_id=party_id, channel_id=channel_id, value=value)
        return
    _note(work, "assign_party_identifier", party_id, {"value": value, "channel_id": channel_id})


@operation("entities.manage")
async def remove_party_identifier(
    work: Work, *, party_id: int, value: str, channel_id: int | None = None
) -> None:
    """The party is no longer known as `value` there. Raises NotFound."""
    await lock_record(work, Party, party_id, kind="party")
    removed = await work.execute(
        delete(PartyIdentifier).where(
            PartyIdentifier.tenant_id == work.tenant_id,
            PartyIdentifier.party_id == party_id,
            PartyIdentifier.value == value,
            PartyIdentifier.channel_id.is_not_distinct_from(channel_id),
        )
    )
    if not removed:
        raise NotFound("identifier")
    _note(work, "remove_party_identifier", party_id, {"value": value, "channel_id": channel_id})


async def _require_own(work: Work, *, party_id: int, channel_id: int | None, value: str) -> None:
    holder = await work.row(
        select(Party.id, Party.code)
        .join(
            PartyIdentifier,
            (PartyIdentifier.tenant_id == Party.tenant_id) & (PartyIdentifier.party_id == Party.id),
        )
        .where(
            PartyIdentifier.tenant_id == work.tenant_id,
            PartyIdentifier.value == value,
            PartyIdentifier.channel_id.is_not_distinct_from(channel_id),
        )
    )
    if holder is None:
        raise Conflict("The code was taken away from another party just now; try again.")
    if holder.id != party_id:
        raise PartyCodeTaken(
            f"The party {holder.code} is already known as {value} there.",
            path=("value",),
            kind="party identifier",
            value=value,
            party_id=holder.id,
            party_code=holder.code,
        )


def _note(work: Work, action: str, party_id: int, what: dict[str, Any]) -> None:
    work.record(PartyChanged(aggregate_id=party_id, changed=("identifiers",)))
    work.audit(action, subject="party", subject_id=party_id, after=what)
