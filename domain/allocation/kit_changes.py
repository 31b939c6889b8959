"""Kits of an order are changed as they were ordered: whole kits, all components alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from domain.allocation.line_changes import LineChange
from domain.allocation.outcomes import ComponentOfKit, KitsNotWhole
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.quantity import Conversion, plain, to_base
from domain.kernel.work import Work
from domain.orders.kits import kits_of
from domain.orders.models import SalesOrderKit

Path = tuple[str | int, ...]


def require_no_component(line: Any, path: Path) -> None:
    """Raise ComponentOfKit when the order line belongs to a kit."""
    if line.kit_id is not None:
        raise ComponentOfKit(
            f"Line {line.line_number} is a component of a kit; change the kit instead.",
            path=path,
            line_number=line.line_number,
            kit_id=line.kit_id,
        )


def whole_kits(kit: Any, quantity: Decimal, *, path: Path) -> Decimal:
    """A quantity in the kit's own unit as whole kits. Raises KitsNotWhole, QuantityNotExact."""
    kits = to_base(quantity, Conversion(kit.quantity, kit.quantity_ordered))
    if kits != kits.to_integral_value():
        message = "Kits are changed in whole numbers."
        raise KitsNotWhole(message, path=path, requested=plain(kits))
    return kits


def components_for(
    kit: Any, lines: Sequence[Any], quantity: Decimal, *, path: Path
) -> list[tuple[Any, Decimal]]:
    """How much of each of the kit's lines (base units) a quantity in the kit's own unit is.

    Raises KitsNotWhole, QuantityNotExact."""
    kits = whole_kits(kit, quantity, path=path)
    return [(line, kits * line.per_kit) for line in lines]


@dataclass(frozen=True, slots=True)
class KitChanges:
    """The kits that are to change: what each was, its new quantity in its own unit, and what that
    makes of its lines, by line id."""

    kits: Mapping[int, Any] = field(default_factory=dict)
    ordered: Mapping[int, Decimal] = field(default_factory=dict)
    quantities: Mapping[int, Decimal] = field(default_factory=dict)


async def changed_kits(
    work: Work,
    order_id: int,
    lines: Sequence[Any],
    wanted: Mapping[int, Decimal],
    *,
    told: Mapping[int, Decimal],
) -> KitChanges:
    """What new quantities of kits (by kit id, in the kit's own unit) of a locked order mean.

    `told` are the quantities that are told of lines: none of a component. Raises NotFound,
    ComponentOfKit, InvalidState for one that is cancelled, KitsNotWhole, QuantityNotExact."""
    for line in lines:
        if told.get(line.id, line.quantity_ordered) != line.quantity_ordered:
            require_no_component(line, ("lines",))
    if not wanted:
        return KitChanges()
    known = {kit.id: kit for kit in await kits_of(work, [order_id])}
    quantities: dict[int, Decimal] = {}
    changing = {}
    for kit_id, ordered in wanted.items():
        if (kit := known.get(kit_id)) is None:
            raise NotFound("order kit")
        if ordered == kit.quantity_ordered:
            continue
        if ordered and kit.cancelled == kit.quantity:
            message = f"Kit {kit.line_number} is cancelled; add what is wanted as a new line."
            raise InvalidState(message, state="cancelled", allowed=[])
        changing[kit_id] = kit
        own = [line for line in lines if line.kit_id == kit_id]
        path = ("kits", kit.line_number)
        parts = components_for(kit, own, ordered, path=path) if ordered else _nothing(own)
        quantities |= {line.id: quantity for line, quantity in parts}
    return KitChanges(changing, {kit_id: wanted[kit_id] for kit_id in changing}, quantities)


def _nothing(lines: Sequence[Any]) -> list[tuple[Any, Decimal]]:
    return [(line, Decimal(0)) for line in lines]


async def write_kits(work: Work, kits: KitChanges, changes: Sequence[LineChange]) -> None:
    """Write the new quantities of kits, after those of their lines are known."""
    for kit_id, kit in kits.kits.items():
        first = next(each for each in changes if each.line.kit_id == kit_id)
        if first.is_removed:
            continue  # It stays as it was, all of it cancelled.
        quantity = first.quantity / first.line.per_kit
        ordered = kits.ordered[kit_id] or quantity * kit.quantity_ordered / kit.quantity
        await work.execute(
            update(SalesOrderKit)
            .where(SalesOrderKit.tenant_id == work.tenant_id, SalesOrderKit.id == kit_id)
            .values(quantity=quantity, quantity_ordered=ordered)
        )
