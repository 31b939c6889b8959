"""What would be decided of a basket, under the policies in effect or under another one. Nothing
is locked and nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.allocation.effective import decoded
from domain.allocation.policy import Decision, DemandLine, decide
from domain.allocation.queries.policies import definitions_of_policies
from domain.allocation.supply import Want, pools_for, read_stock, supply_of
from domain.catalog.conversions import conversions
from domain.catalog.kits import exploded
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import query
from domain.kernel.quantity import LARGEST, to_base
from domain.kernel.reading import Reader
from domain.kernel.records import require_record

MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """An item and how much of it, in one of its units (the base unit without one)."""

    item_id: int
    quantity: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What would be ordered. The value is in minor units; a policy's value bands look at it."""

    channel_id: int
    lines: tuple[BasketLine, ...]
    party_id: int | None = None
    ship_to: Mapping[str, Any] | None = None
    value_minor: int = 0
    currency: str | None = None
    service_level: str | None = None
    substitutes_allowed: bool | None = None
    all_or_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be decided, by which policy, for the items of the lines, with components in
    the place of kits; base units."""

    policy_id: int | None
    item_ids: tuple[int, ...]
    decision: Decision

    @property
    def places(self) -> tuple[int, ...]:
        """The locations from which it would be sent."""
        takes = [take for line in self.decision.lines for take in line.takes]
        takes += [take for other in self.decision.substitutes for take in other.decision.takes]
        return tuple(sorted({take.location_id for take in takes}))


@query("allocation.read")
async def preview_allocation(
    reader: Reader, *, basket: Basket, at: datetime, policy_id: int | None = None
) -> Preview:
    """Plan only: what the basket would get now, by the policy in effect, or by `policy_id`
    (a draft, or any version) in its place. A kit is decided as its components. Raises NotFound,
    InvalidInput, QuantityNotExact."""
    if not 1 <= len(basket.lines) <= MOST_LINES:
        raise InvalidInput(f"Give 1 to {MOST_LINES}.", path=("lines",))
    entity_id = await reader.value(
        select(Channel.entity_id).where(
            Channel.tenant_id == reader.tenant_id, Channel.id == basket.channel_id
        )
    )
    if entity_id is None:
        raise NotFound("channel")
    await require_record(reader, Party.__table__, basket.party_id, kind="party")
    lines = await _of_components(reader, await _lines(reader, basket.lines))
    instead = None
    if policy_id is not None:
        said = await definitions_of_policies(reader, policy_ids=[policy_id])
        if policy_id not in said:
            raise NotFound("allocation policy")
        instead = (policy_id, decoded(said[policy_id]))
    want = Want(
        channel_id=basket.channel_id,
        entity_id=entity_id,
        party_id=basket.party_id,
        ship_to=basket.ship_to,
        value_minor=basket.value_minor,
        currency=basket.currency,
        service_level=basket.service_level,
        substitutes_allowed=basket.substitutes_allowed,
    )
    item_ids = {line.item_id for line in lines}
    supply = await supply_of(reader, [want], item_ids=item_ids, at=at, instead=instead)
    stock = await read_stock(reader, supply.items_to_lock(), today=at.date())
    demand = supply.demand(want, lines, all_or_nothing=basket.all_or_nothing)
    pools = await pools_for(reader, supply, [demand])
    [decision] = decide([demand], stock, capacity=supply.capacity, today=supply.today, pools=pools)
    chosen = supply.policy_id(basket.channel_id, entity_id)
    return Preview(chosen, tuple(line.item_id for line in lines), decision)


async def _lines(reader: Reader, lines: Sequence[BasketLine]) -> list[tuple[DemandLine, bool]]:
    """What each line asks for, and whether that is a kit."""
    rows = await reader.rows(
        select(Item.id, Item.base_unit, Item.kind).where(
            Item.tenant_id == reader.tenant_id, Item.id.in_([line.item_id for line in lines])
        )
    )
    base = {row.id: row.base_unit for row in rows}
    kits = {row.id for row in rows if row.kind == "kit"}
    if any(line.item_id not in base for line in lines):
        raise NotFound("item")
    pairs = [(line.item_id, line.unit or base[line.item_id]) for line in lines]
    known = await conversions(reader, pairs=pairs)
    made = []
    for place, (line, pair) in enumerate(zip(lines, pairs, strict=True)):
        if not line.quantity.is_finite() or not 0 < line.quantity <= LARGEST:
            message = f"Must be above 0 and at most {LARGEST}."
            raise InvalidInput(message, path=("lines", place, "quantity"))
        if pair not in known:
            message = f"The item is not sold in {pair[1]}."
            raise InvalidInput(message, path=("lines", place, "unit"))
        asked = DemandLine(line.item_id, to_base(line.quantity, known[pair]))
        made.append((asked, line.item_id in kits))
    return made


async def _of_components(
    reader: Reader, lines: Sequence[tuple[DemandLine, bool]]
) -> list[DemandLine]:
    """A line for each component in the place of a kit's, as when it is ordered."""
    kits = {line.item_id for line, is_kit in lines if is_kit}
    bills = await exploded(reader, kits) if kits else {}
    made: list[DemandLine] = []
    for place, (line, is_kit) in enumerate(lines):
        if not is_kit:
            made.append(line)
            continue
        path = ("lines", place, "quantity")
        if not bills.get(line.item_id):
            raise InvalidInput("This kit has no components yet.", path=("lines", place))
        if line.quantity != line.quantity.to_integral_value():
            raise InvalidInput("Kits are ordered in whole numbers.", path=path)
        for item_id, per_kit in bills[line.item_id].items():
            quantity = per_kit * line.quantity
            if quantity > LARGEST:
                raise InvalidInput(f"Needs more than {LARGEST} of a component.", path=path)
            made.append(DemandLine(item_id, quantity, kit=place, per_kit=per_kit))
    return made
