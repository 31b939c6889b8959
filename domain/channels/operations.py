"""Channels are created and changed; their secrets are set and never read back."""

from typing import Any, Unpack

from sqlalchemy import select, update

from domain.channels.events import ChannelChanged, ChannelCreated
from domain.channels.models import Channel
from domain.channels.policy import ChannelFields, sound_channel, sound_secret
from domain.entities.models import LegalEntity, Party
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.work import Work


@operation("channels.manage")
async def create_channel(work: Work, **fields: Unpack[ChannelFields]) -> int:
    """A new channel: code, name, kind, source and entity_id are needed; returns its id.

    The currency is the entity's unless given. Raises InvalidInput, NotFound, CodeTaken."""
    for name in ("code", "name", "kind", "source", "entity_id"):
        if fields.get(name) is None:
            raise InvalidInput("Is needed.", path=(name,))
    values = sound_channel(fields)
    await _require_others(work, values)
    if "currency" not in values:
        values["currency"] = await _currency_of(work, values["entity_id"])
    channel_id = await make_record(work, Channel, values, kind="channel")
    work.record(ChannelCreated(aggregate_id=channel_id, code=values["code"]))
    work.audit("create_channel", subject="channel", subject_id=channel_id, after=values)
    return channel_id


@operation("channels.manage")
async def update_channel(
    work: Work,
    *,
    channel_id: int,
    expected_version: int | None = None,
    **fields: Unpack[ChannelFields],
) -> None:
    """Change the given fields. Raises InvalidInput, NotFound, StaleVersion, CodeTaken."""
    values = sound_channel(fields)
    row = await lock_record(
        work, Channel, channel_id, kind="channel", expected_version=expected_version
    )
    await _require_others(work, values)
    before = await change_record(work, Channel, row, values, kind="channel")
    if before:
        work.record(ChannelChanged(aggregate_id=channel_id, changed=tuple(sorted(before))))
        work.audit(
            "update_channel",
            subject="channel",
            subject_id=channel_id,
            before=before,
            after={name: values[name] for name in before},
        )


@operation("channels.manage")
async def set_channel_secret(work: Work, *, channel_id: int, secret: str | None) -> None:
    """The secret by which the source signs, from now on; None takes it away.

    It is never read back: neither audit nor event tells it. Raises InvalidInput, NotFound."""
    wanted = None if secret is None else sound_secret(secret)
    row = await lock_record(work, Channel, channel_id, kind="channel")
    await work.execute(
        update(Channel)
        .where(Channel.tenant_id == work.tenant_id, Channel.id == channel_id)
        .values(signing_secret=wanted, version=Channel.version + 1)
    )
    work.record(ChannelChanged(aggregate_id=channel_id, changed=("signing_secret",)))
    work.audit(
        "set_channel_secret",
        subject="channel",
        subject_id=channel_id,
        before={"has_signing_secret": row.signing_secret is not None},
        after={"has_signing_secret": wanted is not None},
    )


async def _require_others(work: Work, values: dict[str, Any]) -> None:
    entity_id, party_id = values.get("entity_id"), values.get("default_party_id")
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    await require_record(work, Party.__table__, party_id, kind="party")


async def _currency_of(work: Work, entity_id: int) -> str:
    currency = await work.value(
        select(LegalEntity.currency).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id == entity_id
        )
    )
    if currency is None:
        raise NotFound("legal entity")
    return str(currency)
