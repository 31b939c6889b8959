"""Channels are created and changed; their secrets are set and never read back."""

from collections.abc import Sequence
from typing import Any, Unpack

from sqlalchemy import func, select, update

from domain.catalog.models import Item
from domain.channels.assortments import begin_assortment, change_items, end_assortment
from domain.channels.events import AssortmentChanged, ChannelChanged, ChannelCreated
from domain.channels.models import Channel
from domain.channels.policy import ChannelFields, sound_channel, sound_secret
from domain.entities.models import LegalEntity, Party
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quotas import require_room
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.sealing import Keyring
from domain.kernel.work import Work


@operation("channels.manage")
async def create_channel(work: Work, **fields: Unpack[ChannelFields]) -> int:
    """A new channel: code, name, kind, source and entity_id are needed; returns its id.

    The currency is the entity's unless given. Raises InvalidInput, NotFound, CodeTaken,
    QuotaReached."""
    for name in ("code", "name", "kind", "source", "entity_id"):
        if fields.get(name) is None:
            raise InvalidInput("Is needed.", path=(name,))
    values = sound_channel(fields)
    await _require_others(work, values)
    if "currency" not in values:
        values["currency"] = await _currency_of(work, values["entity_id"])
    await require_room(work, "channels", Channel, Channel.status == "active")
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
    if before.get("status", "active") != "active":
        await require_room(work, "channels", Channel, Channel.status == "active", adding=0)
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
async def set_channel_secret(
    work: Work, *, channel_id: int, secret: str | None, keys: Keyring
) -> None:
    """The secret by which the source signs, from now on; None takes it away.

    It is kept sealed and never read back: neither audit nor event tells it.
    Raises InvalidInput, NotFound."""
    wanted = None
    if secret is not None:
        wanted = keys.seal(sound_secret(secret), tenant_id=work.tenant_id)
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


@operation("channels.manage")
async def change_assortment(
    work: Work,
    *,
    channel_id: int | None = None,
    party_id: int | None = None,
    limited: bool = True,
    add: Sequence[int] = (),
    remove: Sequence[int] = (),
) -> int | None:
    """What a channel, or a customer with those below it, is offered: with `limited` nothing but
    what was added; without it everything again. Returns the assortment's id, None for everything.

    Raises InvalidInput, NotFound (channel, party, item)."""
    if (channel_id is None) == (party_id is None):
        raise InvalidInput("Give either a channel or a customer.", path=("channel_id",))
    if not limited and (add or remove):
        raise InvalidInput("Everything is offered: name no items.", path=("limited",))
    await _require_whose(work, channel_id, party_id)
    await _require_items(work, add)
    whose = {"channel_id": channel_id, "party_id": party_id}
    if not limited:
        await end_assortment(work, **whose)
        made = None
    else:
        made = await begin_assortment(work, **whose)
        await change_items(work, made, add=add, remove=remove)
    work.record(
        AssortmentChanged(
            aggregate_id=channel_id or party_id or 0,
            of="party" if channel_id is None else "channel",
            limited=limited,
            added=len(set(add)),
            removed=len(set(remove)),
        )
    )
    work.audit(
        "change_assortment",
        subject="party" if channel_id is None else "channel",
        subject_id=channel_id or party_id or 0,
        after={"limited": limited, "added": sorted(set(add)), "removed": sorted(set(remove))},
    )
    return made


async def _require_whose(work: Work, channel_id: int | None, party_id: int | None) -> None:
    await require_record(work, Channel.__table__, channel_id, kind="channel")
    await require_record(work, Party.__table__, party_id, kind="party")


async def _require_items(work: Work, item_ids: Sequence[int]) -> None:
    known = select(func.count()).where(Item.tenant_id == work.tenant_id, Item.id.in_(item_ids))
    if item_ids and await work.value(known) != len(set(item_ids)):
        raise NotFound("item")


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
