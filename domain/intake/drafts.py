"""Drafts: records made from a document, marked for review."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.operations.items import create_item
from domain.catalog.policy import IdentifierKey
from domain.channels.models import Channel
from domain.entities.operations.parties import create_party
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.entities.party_lookup import find_party
from domain.intake.document import ParsedLine, ParsedOrder
from domain.kernel.work import Work

LONGEST_NAME = 200
DEFAULT_UNIT = "EA"


async def draft_items(
    work: Work, channel_id: int, lines: Sequence[ParsedLine]
) -> dict[str, FoundItem]:
    """A draft item for each code that no item has, known by that code on the channel.

    Drafts are few and seldom, so they are made one by one, by the operations a person would use."""
    by_code = {line.external_code: line for line in lines if line.external_code}
    if not by_code:
        return {}
    await _lock_channel(work, channel_id)
    queries = [ItemCodeQuery((("channel", code),)) for code in by_code]
    found = await find_items(work, codes=queries, channel_id=channel_id, party_id=None)
    return {
        code: item or await _draft_item(work, channel_id, code, line)
        for (code, line), item in zip(by_code.items(), found, strict=True)
    }


async def _draft_item(work: Work, channel_id: int, code: str, line: ParsedLine) -> FoundItem:
    unit = line.unit or DEFAULT_UNIT
    sku = await _free_sku(work, code)
    name = (line.description or code)[:LONGEST_NAME]
    item_id = await create_item(work, sku=sku, name=name, base_unit=unit, status="draft")
    key = IdentifierKey(scheme="channel", value=code, channel_id=channel_id)
    await assign_item_identifier(work, item_id=item_id, key=key)
    return FoundItem(item_id, sku, unit, None, "draft")


async def _lock_channel(work: Work, channel_id: int) -> None:
    """Two documents with the same unknown code make one draft: the second waits, and finds it."""
    await work.execute(
        select(Channel.id)
        .where(Channel.tenant_id == work.tenant_id, Channel.id == channel_id)
        .with_for_update()
    )


async def _free_sku(work: Work, code: str) -> str:
    """The code itself, unless one of our own items has it as its SKU."""
    (taken,) = await find_items(
        work, codes=[ItemCodeQuery((("sku", code),))], channel_id=None, party_id=None
    )
    return code if taken is None else f"{code}-DRAFT"


async def draft_party(work: Work, channel_id: int, code: str, order: ParsedOrder) -> int:
    """A draft customer, known by `code` on the channel."""
    await _lock_channel(work, channel_id)
    known = await find_party(work, channel_id=channel_id, values=[code])
    if known is not None:
        return known
    named = next((p.name for p in order.parties if p.code == code and p.name), None)
    party_id = await create_party(
        work, code=code, name=(named or code)[:LONGEST_NAME], is_customer=True, status="draft"
    )
    await assign_party_identifier(work, party_id=party_id, value=code, channel_id=channel_id)
    return party_id
