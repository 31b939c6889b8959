"""An order is amended by hand: quantities, more lines, addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.allocation.addresses import sound_address
from domain.allocation.amending import Amendment, amend
from domain.allocation.ordering import (
    LARGEST_ORDER,
    OrderedLine,
    Terms,
    new_lines,
    require_quantity,
)
from domain.channels.assortments import assortment_of_caller, assortment_of_channel
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lock_order
from domain.orders.models import SalesOrder
from domain.orders.wanted import with_wanted_days

UNCHANGED = {"wanted_on": None, "wanted_ship_on": None}


@dataclass(frozen=True, slots=True)
class LineAmendment:
    """The new quantity of a line, in the line's own unit; 0 takes the line out."""

    line_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class KitAmendment:
    """The new quantity of a kit, in the kit's own unit; 0 takes the kit out."""

    kit_id: int
    quantity: Decimal


@operation("orders.amend")
async def amend_order(
    work: Work,
    *,
    order_id: int,
    lines: Sequence[LineAmendment] = (),
    kits: Sequence[KitAmendment] = (),
    added: Sequence[OrderedLine] = (),
    ship_to: Mapping[str, Any] | None = None,
    bill_to: Mapping[str, Any] | None = None,
    wanted_on: date | None = None,
    wanted_ship_on: date | None = None,
    reason: str | None = None,
    expected_version: int | None = None,
) -> str:
    """Change what of the order has not shipped; returns its status.

    Amounts follow the quantities at the old prices; added lines are priced as new ones. With a
    wanted day (to be there, to leave) all that is still to leave is wanted then.
    Raises NotFound, StaleVersion, InvalidInput, and what `amend` and `new_lines` raise."""
    _require_sound(lines, kits, added)
    if any(line.unit_price is not None for line in added):
        work.require("pricing.manage")
    if work.principal.is_partner and added:
        await _require_offered(work, order_id, added)
    order = await lock_order(work, order_id, expected_version=expected_version)
    terms = Terms(
        channel_id=order.channel_id,
        party_id=order.party_id,
        currency=order.currency,
        on=work.now.date(),
    )
    days = {"wanted_on": wanted_on, "wanted_ship_on": wanted_ship_on}
    changed = {} if days == UNCHANGED else days
    as_ordered = changed or {name: order._mapping[name] for name in days}
    new = await new_lines(work, added, terms=terms) if added else ()
    amendment = Amendment(
        quantities={line.line_id: line.quantity for line in lines},
        kits={kit.kit_id: kit.quantity for kit in kits},
        added=with_wanted_days(new, **as_ordered),
        ship_to=sound_address(ship_to, path="ship_to"),
        bill_to=sound_address(bill_to, path="bill_to"),
        source=changed,
        wanted={None: (wanted_on, wanted_ship_on)} if changed else {},
    )
    why = text.optional(reason, path=("reason",))
    return (await amend(work, order, amendment, reason=why)).status


async def _require_offered(work: Work, order_id: int, added: Sequence[OrderedLine]) -> None:
    """A customer adds what it is offered itself; the house adds anything."""
    order = await work.row(
        select(
            SalesOrder.channel_id,
            SalesOrder.party_id,
            SalesOrder.currency,
            assortment_of_channel(SalesOrder.channel_id, work.tenant_id).label("assortment_id"),
            assortment_of_caller().label("own_assortment_id"),
        ).where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id)
    )
    if order is None:
        raise NotFound("order")
    await new_lines(work, added, terms=Terms(on=work.now.date(), **order._mapping))


def _require_sound(
    lines: Sequence[LineAmendment], kits: Sequence[KitAmendment], added: Sequence[OrderedLine]
) -> None:
    for place, kit in enumerate(kits):
        if kit.kit_id in {other.kit_id for other in kits[:place]}:
            raise InvalidInput("This kit is given twice.", path=("kits", place))
        if kit.quantity != 0:
            require_quantity(kit.quantity, ("kits", place, "quantity"))
    if len(lines) + len(kits) + len(added) > LARGEST_ORDER:
        raise InvalidInput(f"At most {LARGEST_ORDER} lines at a time.", path=("lines",))
    seen = set()
    for place, line in enumerate(lines):
        if line.line_id in seen:
            raise InvalidInput("This line is given twice.", path=("lines", place))
        seen.add(line.line_id)
        if line.quantity != 0:
            require_quantity(line.quantity, ("lines", place, "quantity"))
