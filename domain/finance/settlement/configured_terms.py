"""What is expected of a channel's payouts, and what its own table of them means, as governed
configuration. A proposal stands under the channel's id."""

from typing import Any

from sqlalchemy import select

from domain.channels.models import Channel
from domain.finance.settlement.operations.terms import KIND, set_settlement_terms, sound_terms
from domain.finance.settlement.taking import lock_terms
from domain.governance.kinds import Content, configurable
from domain.kernel.errors import NotFound
from domain.kernel.work import Work


async def sound_proposal(work: Work, key: str | None, proposal: Content) -> Content:
    """The fields as they are kept. Raises InvalidInput, NotFound."""
    await _channel_of(work, key)
    return {name: _plain(value) for name, value in sound_terms(proposal).items()}


async def terms_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """What stands in the places of the proposal. Raises NotFound."""
    row = await lock_terms(work, await _channel_of(work, key))
    return {name: _plain(getattr(row, name)) for name in proposal}


@configurable(
    KIND,
    title="Payouts of a channel",
    process="order_to_cash",
    validate=sound_proposal,
    snapshot=terms_as_they_are,
)
async def apply_terms(work: Work, key: str | None, proposal: Content) -> str:
    """Settle them so."""
    channel_id = await _channel_of(work, key)
    await set_settlement_terms(work, channel_id=channel_id, fields=proposal)
    return str(channel_id)


async def _channel_of(work: Work, key: str | None) -> int:
    if key is not None and key.isdecimal():
        known = select(Channel.id).where(
            Channel.tenant_id == work.tenant_id, Channel.id == int(key)
        )
        if await work.value(known) is not None:
            return int(key)
    raise NotFound("channel")


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str | dict) else str(value)
