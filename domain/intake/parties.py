"""Who ordered."""

from typing import Any

from sqlalchemy.engine import Row

from domain.entities.party_lookup import find_party
from domain.intake.document import ParsedOrder, Problem
from domain.intake.drafts import draft_party
from domain.intake.policy import buyer_codes
from domain.kernel.work import Work

# Where consumers order, a buyer need not be a party of ours.
ANONYMOUS_KINDS = ("storefront", "marketplace", "portal")


async def buyer_of(work: Work, channel: Row[Any], order: ParsedOrder) -> int | Problem | None:
    """The party that ordered: by a code of the document, else the channel's default.

    None for a consumer; a problem (or a draft party, as the channel says) where one is needed."""
    codes = buyer_codes(order)
    found = await find_party(work, channel_id=channel.id, values=codes)
    if found is not None:
        return found
    if channel.default_party_id is not None:
        return int(channel.default_party_id)
    if channel.kind in ANONYMOUS_KINDS:
        return None
    if channel.on_unknown_party == "create_draft" and codes:
        return await draft_party(work, channel.id, codes[0], order)
    named = ", ".join(map(repr, codes)) or "any code"
    return Problem(
        "unknown_party",
        order.path,
        f"No customer is known on channel {channel.code} by {named}.",
        "Give a party one of these codes (mapPartyCode), then replay.",
    )
