"""Drafts: records made from a document, marked for review."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.operations.items import create_item
from domain.catalog.policy import IdentifierKey
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.entities.operations.parties import create_party
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.entities.party_lookup import find_party
from domain.intake.document import ParsedLine, ParsedOrder
from domain.intake.policy import draft_name
from domain.kernel.text import CODE_LENGTH
from domain.kernel.work import Work

DEFAULT_UNIT = "EA"


async def lock_channel(work: Work, channel_id: int) -> None:
    """Let one document of the channel at a time past here; the next one sees what it wrote.

    Rows that refer to the channel may be written meanwhile: they share their lock with this."""
    await work.execute(
        select(Channel.id)
        .where(Channel.tenant_id == work.tenant_id, Channel.id == channel_id)
        .with_for_update(key_share=True)
    )


async def draft_items(
    work: Work, channel: Row[Any], lines: Sequence[ParsedLine]
) -> dict[str, FoundItem]:
    """A draft item for each code that no item has, known by that code on the channel.

    Drafts are few and seldom, so they are made one by one, by the operations a person would use."""
    by_code = {line.external_code: line for line in reversed(lines) if line.external_code}
    if not by_code:
        return {}
    await lock_channel(work, channel.id)
    queries = [ItemCodeQuery((("channel", code),)) for code in by_code]
    found = await find_items(work, codes=queries, channel_id=channel.id, party_id=None)
    return {
        code: item or await _draft_item(work, channel, code, line)
        for (code, line), item in zip(by_code.items(), found, strict=True)
    }


async def _draft_item(work: Work, channel: Row[Any], code: str, line: ParsedLine) -> FoundItem:
    unit = line.unit or DEFAULT_UNIT
    sku = await _free_sku(work, code, channel.code)
    name = draft_name(line.description, code)
    item_id = await create_item(work, sku=sku, name=name, base_unit=unit, status="draft")
    key = IdentifierKey(scheme="channel", value=code, channel_id=channel.id)
    await assign_item_identifier(work, item_id=item_id, key=key)
    return FoundItem(item_id, sku, unit, None, "draft")


async def _free_sku(work: Work, code: str, channel: str) -> str:
    """The code itself, unless one of our own items has it as its SKU."""
    (taken,) = await find_items(
        work, codes=[ItemCodeQuery((("sku", code),))], channel_id=None, party_id=None
    )
    return code[:CODE_LENGTH] if taken is None else _of_channel(code, channel)


def _of_channel(code: str, channel: str) -> str:
    ending = f"@{channel}"[: CODE_LENGTH // 2]
    return f"{code[: CODE_LENGTH - len(ending)]}{ending}"


async def draft_party(work: Work, channel: Row[Any], code: str, order: ParsedOrder) -> int:
    """A draft customer, known by `code` on the channel."""
    await lock_channel(work, channel.id)
    known = await find_party(work, channel_id=channel.id, values=[code])
    if known is not None:
        return known
    named = next((p.name for p in order.parties if p.code == code and p.name), None)
    party_id = await create_party(
        work,
        code=await _free_party_code(work, code, channel.code),
        name=draft_name(named, code),
        is_customer=True,
        status="draft",
    )
    await assign_party_identifier(work, party_id=party_id, value=code, channel_id=channel.id)
    return party_id


async def _free_party_code(work: Work, code: str, channel: str) -> str:
    """The code itself, unless one of our own parties has it."""
    wanted = code[:CODE_LENGTH]
    taken = await work.value(
        select(Party.id).where(Party.tenant_id == work.tenant_id, Party.code == wanted)
    )
    return wanted if taken is None else _of_channel(code, channel)
