"""What an amendment makes of each line an order has: its quantity, and what it costs then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import column, func, select, table
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.money import share
from domain.kernel.quantity import LARGEST, Conversion, to_base
from domain.kernel.work import Work
from domain.orders.policy import LineAmounts, rescaled

# Shipments stand in a higher area, which this one must not import.
SHIPPED = table(
    "shipment_line",
    *(column(name) for name in ("tenant_id", "order_line_id", "revenue_minor", "tax_minor")),
)


@dataclass(frozen=True, slots=True)
class LineChange:
    """One existing line as it is to be, in base units."""

    line: Row[Any]
    ordered: Decimal
    quantity: Decimal
    # What shipments of the line are in the books for (net and tax, minor units).
    booked: tuple[int, int] | None = None
    # Of a component: its part of what the kit costs at its new quantity.
    of_kit: LineAmounts | None = None

    @property
    def is_removed(self) -> bool:
        """Taken out with nothing shipped: it stays as a cancelled line that costs nothing."""
        return self.quantity == 0

    @property
    def amounts(self) -> LineAmounts:
        """The line's money at its new quantity."""
        if self.of_kit is not None:
            return self.of_kit
        old = LineAmounts(self.line.discount_minor, self.line.tax_minor, self.line.net_minor)
        new = rescaled(old, old=self.line.quantity, new=self.quantity)
        if self.booked is None or not self.ends_here:
            return new
        # Nothing follows that could balance a rounded unit: it costs what was booked.
        net_minor, tax_minor = self.booked
        return LineAmounts(new.discount_minor, tax_minor, net_minor)

    @property
    def ends_here(self) -> bool:
        """It becomes smaller, to what has left of it: nothing more will."""
        return bool(self.quantity == self.line.shipped and self.quantity < self.line.quantity)


async def line_changes(
    work: Work, lines: Sequence[Row[Any]], quantities: Mapping[int, Decimal]
) -> list[LineChange]:
    """The change of every line of a locked order; `quantities` by line id, in the line's unit.

    Raises NotFound (order line), InvalidInput, InvalidState, QuantityNotExact."""
    if quantities.keys() - {line.id for line in lines}:
        raise NotFound("order line")
    changes = [_change(line, quantities.get(line.id, line.quantity_ordered)) for line in lines]
    booked = await _booked(work, lines)
    return _kits_kept_exact([replace(c, booked=booked.get(c.line.id)) for c in changes])


def _kits_kept_exact(changes: list[LineChange]) -> list[LineChange]:
    """A kit costs at its new quantity what it would by itself, to the last unit; of what has
    shipped in part, each component follows its own amounts."""
    kits: dict[int, list[int]] = defaultdict(list)
    for place, each in enumerate(changes):
        if each.line.kit_id is not None and each.quantity != each.line.quantity:
            kits[each.line.kit_id].append(place)
    for places in kits.values():
        own = [changes[place] for place in places]
        if any(each.line.shipped for each in own):
            continue
        for place, part in zip(places, _shared(own), strict=True):
            changes[place] = replace(changes[place], of_kit=part)
    return changes


def _shared(own: Sequence[LineChange]) -> list[LineAmounts]:
    names = ("discount_minor", "tax_minor", "net_minor")
    columns = [[getattr(each.line, name) for each in own] for name in names]
    whole = rescaled(
        LineAmounts(*(sum(column) for column in columns)),
        old=own[0].line.quantity,
        new=own[0].quantity,
    )
    parts = [
        share(getattr(whole, name), [Decimal(max(amount, 0)) for amount in column])
        for name, column in zip(names, columns, strict=True)
    ]
    return [LineAmounts(*each) for each in zip(*parts, strict=True)]


async def _booked(work: Work, lines: Sequence[Row[Any]]) -> dict[int, tuple[int, int]]:
    """Net and tax of what has shipped of the lines, by line id."""
    shipped = [line.id for line in lines if line.shipped]
    if not shipped:
        return {}
    rows = await work.rows(
        select(
            SHIPPED.c.order_line_id,
            func.sum(SHIPPED.c.revenue_minor).label("net"),
            func.sum(SHIPPED.c.tax_minor).label("tax"),
        )
        .where(SHIPPED.c.tenant_id == work.tenant_id, SHIPPED.c.order_line_id.in_(shipped))
        .group_by(SHIPPED.c.order_line_id)
    )
    return {row.order_line_id: (int(row.net), int(row.tax)) for row in rows}


def _change(line: Row[Any], ordered: Decimal) -> LineChange:
    if ordered == line.quantity_ordered:
        return LineChange(line, ordered, line.quantity)
    if ordered and line.cancelled == line.quantity:
        # It costs nothing any more, or no longer what it once did: nothing to grow from.
        message = f"Line {line.line_number} is cancelled; add what is wanted as a new line."
        raise InvalidState(message, state="cancelled", allowed=[])
    per_unit = Conversion(line.quantity, line.quantity_ordered)
    quantity = to_base(ordered, per_unit) if ordered else Decimal(0)
    if quantity > LARGEST:
        message = f"Line {line.line_number} must be at most {LARGEST} in the item's base unit."
        raise InvalidInput(message, path=("lines",))
    if not ordered and line.shipped + line.cancelled > 0:
        # The line ends with what has become of it so far.
        quantity = Decimal(line.shipped + line.cancelled)
        ordered = quantity * line.quantity_ordered / line.quantity
    return LineChange(line, ordered, quantity)
