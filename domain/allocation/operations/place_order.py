"""An order is placed: accepted, priced, allocated and reserved in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.addresses import address_under_code, sound_address
from domain.allocation.ordering import LARGEST_ORDER, OrderedLine, Terms, new_lines
from domain.allocation.outcomes import ChannelClosed, CustomerNotActive, DuplicateExternalOrder
from domain.allocation.placing import PlacedOrder, place
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.inventory.outcomes import StockShort
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.capture import NewOrder


@operation("orders.place")
async def place_order(
    work: Work,
    *,
    lines: Sequence[OrderedLine],
    channel_id: int | None = None,
    channel_code: str | None = None,
    party_id: int | None = None,
    ship_to: Mapping[str, Any] | None = None,
    ship_to_code: str | None = None,
    bill_to: Mapping[str, Any] | None = None,
    currency: str | None = None,
    external_id: str | None = None,
    external_number: str | None = None,
    ordered_at: datetime | None = None,
    all_or_nothing: bool = False,
) -> PlacedOrder:
    """Place an order through a channel (by its id or its code), for the channel's entity.

    Without a party it is the channel's default; without a currency the channel's. A price of one's
    own needs pricing.manage. What is not in stock is backordered, unless `all_or_nothing`.
    Raises InvalidInput, NotFound, ChannelClosed, CustomerNotActive, DuplicateExternalOrder,
    StockShort, and what `new_lines` raises."""
    _require_few(lines)
    if any(line.unit_price is not None for line in lines):
        work.require("pricing.manage")
    channel = await _channel(work, channel_id, channel_code)
    buyer = await _buyer(work, party_id or work.principal.party_id or channel.default_party_id)
    terms = Terms(
        channel_id=channel.id,
        party_id=buyer,
        currency=iso.currency(currency or channel.currency),
        on=work.now.date(),
    )
    order = NewOrder(
        channel_id=channel.id,
        entity_id=channel.entity_id,
        party_id=buyer,
        currency=terms.currency,
        ordered_at=ordered_at or work.now,
        lines=await new_lines(work, lines, terms=terms),
        ship_to=await _ship_to(work, ship_to, ship_to_code, buyer),
        bill_to=sound_address(bill_to, path="bill_to"),
        external_id=text.optional(external_id, path=("external_id",)),
        external_number=text.optional(external_number, path=("external_number",)),
        all_or_nothing=all_or_nothing,
    )
    return _accepted(order, (await place(work, [order]))[0])


def _accepted(order: NewOrder, outcome: PlacedOrder | StockShort) -> PlacedOrder:
    if isinstance(outcome, StockShort):
        raise outcome
    if not outcome.is_new:
        raise DuplicateExternalOrder(
            f"The channel's order {order.external_id} exists already: {outcome.number}.",
            path=("external_id",),
            external_id=order.external_id,
            order_id=outcome.order_id,
            number=outcome.number,
        )
    return outcome


def _require_few(lines: Sequence[OrderedLine]) -> None:
    if not 1 <= len(lines) <= LARGEST_ORDER:
        raise InvalidInput(f"An order has 1 to {LARGEST_ORDER} lines.", path=("lines",))


async def _channel(work: Work, channel_id: int | None, code: str | None) -> Row[Any]:
    given = ((Channel.id, channel_id), (Channel.code, code))
    wanted = [column == value for column, value in given if value is not None]
    if not wanted:
        raise InvalidInput("Give the channel.", path=("channel",))
    columns = (Channel.id, Channel.code, Channel.kind, Channel.status, Channel.entity_id)
    channel = await work.row(
        select(*columns, Channel.currency, Channel.default_party_id).where(
            Channel.tenant_id == work.tenant_id, *wanted
        )
    )
    # A partner orders through the portal; the other channels are not its own.
    if channel is None or (work.principal.is_partner and channel.kind != "portal"):
        raise NotFound("channel")
    if channel.status != "active":
        message = f"The channel {channel.code} takes no orders any more."
        raise ChannelClosed(message, path=("channel",), code=channel.code)
    return channel


async def _buyer(work: Work, party_id: int | None) -> int | None:
    if party_id is None:
        return None
    party = await work.row(
        select(Party.code, Party.status, Party.is_customer).where(
            Party.tenant_id == work.tenant_id, Party.id == party_id
        )
    )
    if party is None:
        raise NotFound("party")
    if party.status != "active" or not party.is_customer:
        raise CustomerNotActive(
            f"{party.code} is not an active customer.",
            path=("party",),
            code=party.code,
            status=party.status,
        )
    return party_id


async def _ship_to(
    work: Work, given: Mapping[str, Any] | None, code: str | None, party_id: int | None
) -> dict[str, Any] | None:
    if code is None:
        return sound_address(given, path="ship_to")
    if given is not None or party_id is None:
        raise InvalidInput("Give an address, or a party's code for one.", path=("ship_to_code",))
    return await address_under_code(work, party_id=party_id, kind="ship_to", code=code)
