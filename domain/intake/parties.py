"""Who ordered."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import Party
from domain.entities.party_lookup import find_party
from domain.intake.document import ParsedOrder, Problem
from domain.intake.drafts import draft_party
from domain.intake.policy import buyer_codes
from domain.kernel.work import Work

# Where consumers order, a buyer need not be a party of ours.
ANONYMOUS_KINDS = ("storefront", "marketplace", "portal")


async def buyer_of(work: Work, channel: Row[Any], order: ParsedOrder) -> int | Problem | None:
    """The party that ordered: by a code of the document, else the channel's default.

    None for a consumer; a problem (or a draft party, as the channel says) where one is needed,
    and a problem for a party that is closed."""
    codes = buyer_codes(order)
    found = await find_party(work, channel_id=channel.id, values=codes)
    party_id = channel.default_party_id if found is None else found
    if party_id is not None:
        return await _open_party(work, party_id, order)
    if channel.kind in ANONYMOUS_KINDS:
        return None
    if channel.on_unknown_party == "create_draft" and codes:
        return await draft_party(work, channel, codes[0], order)
    named = ", ".join(map(repr, codes)) or "any code"
    return Problem(
        "unknown_party",
        order.path,
        f"No customer is known on channel {channel.code} by {named}.",
        "Give a party one of these codes (mapPartyCode), then replay.",
    )


async def _open_party(work: Work, party_id: int, order: ParsedOrder) -> int | Problem:
    party = await work.row(
        select(Party.code, Party.status).where(
            Party.tenant_id == work.tenant_id, Party.id == party_id
        )
    )
    if party is None or party.status != "closed":
        return party_id
    return Problem(
        "party_closed",
        order.path,
        f"The customer {party.code} is closed.",
        "Make the customer active again, or map its code to another one, then replay.",
    )
