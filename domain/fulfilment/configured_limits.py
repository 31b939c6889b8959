"""What needs approval at all (rush service levels, limits of prices) as governed configuration.
There is one object of it, known as `limits`."""

from decimal import Decimal, InvalidOperation
from typing import Any

from domain.channels.models import Channel
from domain.fulfilment.operations.rush import set_rush_service_levels, sound_levels
from domain.fulfilment.rush import rush_levels
from domain.governance.kinds import Content, configurable
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import plain
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.pricing.limits import all_limits
from domain.pricing.operations.limits import require_sound, set_price_override_limit

KIND, KEY = "approval_limits", "limits"
EVERYWHERE = "everywhere"


async def sound_limits(work: Work, key: str | None, proposal: Content) -> Content:
    """The service levels that are to be rush, all of them; and of each channel that is named (or
    `everywhere`) the limit in percent, null for none. Raises InvalidInput, NotFound."""
    sound: Content = {}
    if proposal.get("rush_service_levels") is not None:
        sound["rush_service_levels"] = sound_levels(proposal["rush_service_levels"])
    if proposal.get("price_limits") is not None:
        sound["price_limits"] = {
            place: await _sound_limit(work, place, percent)
            for place, percent in proposal["price_limits"].items()
        }
    if not sound:
        raise InvalidInput("Say what is to change.", path=("rush_service_levels",))
    return sound


async def _sound_limit(work: Work, place: str, percent: Any) -> str | None:
    await require_record(work, Channel.__table__, _channel(place), kind="channel")
    if percent is None:
        return None
    try:
        value = Decimal(percent)
    except InvalidOperation:
        raise InvalidInput("Must be a number.", path=("price_limits",)) from None
    require_sound(value)
    return f"{plain(value):f}"


async def limits_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """What stands in the places of the proposal."""
    standing: Content = {}
    if "rush_service_levels" in proposal:
        standing["rush_service_levels"] = await rush_levels(work)
    if "price_limits" in proposal:
        known = await all_limits(work)
        limits = {place: known.get(_channel(place)) for place in proposal["price_limits"]}
        standing["price_limits"] = {
            place: None if percent is None else f"{plain(percent):f}"
            for place, percent in limits.items()
        }
    return standing


@configurable(
    KIND,
    title="What needs approval",
    validate=sound_limits,
    snapshot=limits_as_they_are,
    keyed=("price_limits",),
)
async def apply_limits(work: Work, key: str | None, proposal: Content) -> str:
    """Settle them so."""
    if "rush_service_levels" in proposal:
        await set_rush_service_levels(work, service_levels=proposal["rush_service_levels"])
    for place, percent in proposal.get("price_limits", {}).items():
        await set_price_override_limit(
            work,
            percent=None if percent is None else Decimal(percent),
            channel_id=_channel(place),
        )
    return KEY


def _channel(place: str) -> int | None:
    if place == EVERYWHERE:
        return None
    if not place.isdecimal():
        raise InvalidInput("No such channel.", path=("price_limits",))
    return int(place)
