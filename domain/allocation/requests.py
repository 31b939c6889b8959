"""Requests to place orders, made into orders to be: many at once, each with its own verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

from sqlalchemy import ARRAY, BigInteger, Integer, Text, any_, bindparam, or_, select
from sqlalchemy.engine import Row

from domain.allocation.addresses import AddressCode, addresses_under_codes, sound_address
from domain.allocation.ordering import LARGEST_ORDER, Asked, OrderedLine, Terms, lines_of_orders
from domain.allocation.outcomes import ChannelClosed, CustomerNotActive
from domain.channels.assortments import assortment_of_caller, assortment_of_channel
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.kernel.value_objects import value_object
from domain.kernel.verdicts import Refused, accepted, verdicts
from domain.kernel.work import Actor, Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.credit import has_limits
from domain.orders.wanted import with_wanted_days


class OrderFields(TypedDict, total=False):
    """What may be said of an order beside its lines; see OrderRequest."""

    channel_id: int | None
    channel_code: str | None
    party_id: int | None
    ship_to: Mapping[str, Any] | None
    ship_to_code: str | None
    bill_to: Mapping[str, Any] | None
    currency: str | None
    external_id: str | None
    external_number: str | None
    ordered_at: datetime | None
    all_or_nothing: bool
    service_level: str | None
    wanted_on: date | None
    wanted_ship_on: date | None
    early_delivery_allowed: bool | None
    substitutes_allowed: bool | None


@value_object(kw_only=True)
class OrderRequest:
    """An order as a caller asks for it; see place_order. `by` is on whose behalf, where several
    share a transaction."""

    lines: Sequence[OrderedLine]
    channel_id: int | None = None
    channel_code: str | None = None
    party_id: int | None = None
    ship_to: Mapping[str, Any] | None = None
    ship_to_code: str | None = None
    bill_to: Mapping[str, Any] | None = None
    currency: str | None = None
    external_id: str | None = None
    external_number: str | None = None
    ordered_at: datetime | None = None
    all_or_nothing: bool = False
    service_level: str | None = None
    wanted_on: date | None = None
    wanted_ship_on: date | None = None
    early_delivery_allowed: bool | None = None
    substitutes_allowed: bool | None = None
    by: Actor | None = None


@dataclass(slots=True)
class _Begun:
    """A request on its way: through which channel, for which buyer. Filled in step by step."""

    request: OrderRequest
    channel: Row[Any] | None = None
    buyer: int | None = None
    terms: Terms | None = None
    early: bool = True
    may_have_limit: bool | None = None
    lines: tuple[NewLine, ...] = ()


async def new_orders(
    work: Work, requests: Sequence[OrderRequest | Refused]
) -> list[NewOrder | Refused]:
    """The orders that the requests ask for, or why not; in as many statements as for one.

    See place_order for what may stand for an order."""
    begun = verdicts(requests, lambda each: _permitted(work, each))
    channels = await _channels(work, accepted(begun))
    begun = verdicts(begun, lambda each: _through(work, each, channels))
    parties = await _parties(work, {each.buyer for each in accepted(begun) if each.buyer})
    begun = verdicts(begun, lambda each: _for_buyer(work, each, parties))
    lines = await lines_of_orders(work, verdicts(begun, _asked))
    begun = [
        one
        if isinstance(one, Refused)
        else found
        if isinstance(found, Refused)
        else _with(one, found)
        for one, found in zip(begun, lines, strict=True)
    ]
    codes = {code for code in accepted(verdicts(begun, _address_code)) if code is not None}
    known = await addresses_under_codes(work, codes)
    return verdicts(begun, lambda each: _order(work, each, known))


def _with(begun: _Begun, lines: tuple[NewLine, ...] | Refused) -> _Begun | Refused:
    if isinstance(lines, Refused):
        return lines
    begun.lines = lines
    return begun


def _permitted(work: Work, request: OrderRequest) -> _Begun:
    """Whether it may be asked at all."""
    principal = (request.by or work.actor).principal
    if not principal.may("orders.place"):
        raise NotPermitted("orders.place")
    if not 1 <= len(request.lines) <= LARGEST_ORDER:
        raise InvalidInput(f"An order has 1 to {LARGEST_ORDER} lines.", path=("lines",))
    own_price = any(line.unit_price is not None for line in request.lines)
    if own_price and not principal.may("pricing.manage"):
        raise NotPermitted("pricing.manage")
    if request.channel_id is None and request.channel_code is None:
        raise InvalidInput("Give the channel.", path=("channel",))
    return _Begun(request)


_CHANNELS = Prepared(
    select(
        Channel.id,
        Channel.code,
        Channel.kind,
        Channel.status,
        Channel.entity_id,
        Channel.currency,
        Channel.default_party_id,
        assortment_of_channel(Channel.id, bindparam("tenant", type_=Integer)).label(
            "assortment_id"
        ),
        assortment_of_caller().label("own_assortment_id"),
    ).where(
        Channel.tenant_id == bindparam("tenant", type_=Integer),
        or_(
            Channel.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
            Channel.code == any_(bindparam("codes", type_=ARRAY(Text))),
        ),
    )
)
_PARTIES = Prepared(
    select(
        Party.id,
        Party.code,
        Party.status,
        Party.is_customer,
        Party.early_delivery_allowed,
        has_limits(bindparam("tenant", type_=Integer)).label("may_have_limit"),
    ).where(
        Party.tenant_id == bindparam("tenant", type_=Integer),
        Party.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
    )
)


async def _channels(reader: Reader, begun: Sequence[_Begun]) -> Sequence[Row[Any]]:
    ids = sorted({one.request.channel_id for one in begun if one.request.channel_id is not None})
    codes = {one.request.channel_code for one in begun if one.request.channel_code is not None}
    if not ids and not codes:
        return []
    values = {"tenant": reader.tenant_id, "ids": ids, "codes": sorted(codes)}
    return await reader.rows(_CHANNELS, values)


async def _parties(reader: Reader, ids: set[int]) -> dict[int, Row[Any]]:
    if not ids:
        return {}
    rows = await reader.rows(_PARTIES, {"tenant": reader.tenant_id, "ids": sorted(ids)})
    return {row.id: row for row in rows}


def _through(work: Work, begun: _Begun, channels: Sequence[Row[Any]]) -> _Begun:
    asked = begun.request
    for channel in channels:
        if asked.channel_id in (None, channel.id) and asked.channel_code in (None, channel.code):
            break
    else:
        raise NotFound("channel")
    # A partner orders through the portal; the other channels are not its own.
    if work.principal.is_partner and channel.kind != "portal":
        raise NotFound("channel")
    if channel.status != "active":
        message = f"The channel {channel.code} takes no orders any more."
        raise ChannelClosed(message, path=("channel",), code=channel.code)
    buyer = asked.party_id or work.principal.party_id or channel.default_party_id
    begun.channel, begun.buyer = channel, buyer
    return begun


def _for_buyer(work: Work, begun: _Begun, parties: Mapping[int, Row[Any]]) -> _Begun:
    channel, asked = begun.channel, begun.request
    assert channel is not None
    early, limited = asked.early_delivery_allowed, None
    if begun.buyer is not None:
        party = _customer(parties.get(begun.buyer))
        early = party.early_delivery_allowed if early is None else early
        # A partner does not see whether there are limits.
        limited = None if work.principal.is_partner else party.may_have_limit
    currency = iso.currency(asked.currency or channel.currency)
    terms = Terms(
        channel_id=channel.id,
        party_id=begun.buyer,
        currency=currency,
        on=work.now.date(),
        assortment_id=channel.assortment_id,
        own_assortment_id=channel.own_assortment_id,
    )
    begun.terms, begun.early, begun.may_have_limit = terms, early is not False, limited
    return begun


def _customer(party: Row[Any] | None) -> Row[Any]:
    if party is None:
        raise NotFound("party")
    if party.status != "active" or not party.is_customer:
        raise CustomerNotActive(
            f"{party.code} is not an active customer.",
            path=("party",),
            code=party.code,
            status=party.status,
        )
    return party


def _asked(begun: _Begun) -> Asked:
    assert begun.terms is not None
    return Asked(begun.request.lines, begun.terms)


def _address_code(begun: _Begun) -> AddressCode | None:
    code = begun.request.ship_to_code
    if code is None:
        return None
    if begun.request.ship_to is not None or begun.buyer is None:
        raise InvalidInput("Give an address, or a party's code for one.", path=("ship_to_code",))
    return begun.buyer, "ship_to", code


def _order(
    work: Work, begun: _Begun, addresses: Mapping[AddressCode, Mapping[str, Any]]
) -> NewOrder:
    asked, channel, terms = begun.request, begun.channel, begun.terms
    assert channel is not None
    assert terms is not None
    return NewOrder(
        channel_id=channel.id,
        entity_id=channel.entity_id,
        party_id=begun.buyer,
        currency=terms.currency,
        ordered_at=asked.ordered_at or work.now,
        lines=with_wanted_days(
            begun.lines, wanted_on=asked.wanted_on, wanted_ship_on=asked.wanted_ship_on
        ),
        ship_to=_ship_to(begun, addresses),
        bill_to=sound_address(asked.bill_to, path="bill_to"),
        external_id=text.optional(asked.external_id, path=("external_id",)),
        external_number=text.optional(asked.external_number, path=("external_number",)),
        all_or_nothing=asked.all_or_nothing,
        service_level=text.optional(asked.service_level, path=("service_level",)),
        wanted_on=asked.wanted_on,
        wanted_ship_on=asked.wanted_ship_on,
        early_delivery_allowed=begun.early,
        substitutes_allowed=asked.substitutes_allowed,
        may_have_limit=begun.may_have_limit,
        by=asked.by,
    )


def _ship_to(
    begun: _Begun, addresses: Mapping[AddressCode, Mapping[str, Any]]
) -> dict[str, Any] | None:
    code = _address_code(begun)
    if code is None:
        return sound_address(begun.request.ship_to, path="ship_to")
    if code not in addresses:
        raise NotFound("address")
    return dict(addresses[code])
