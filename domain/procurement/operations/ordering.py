"""The buyer writes an order, and sends it to the supplier."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Unpack

from sqlalchemy import delete, insert

from domain.inventory.lines import require_some
from domain.inventory.policies.purchases import ComingPart
from domain.inventory.purchase_supply import write_parts
from domain.kernel.errors import InvalidInput
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.procurement.drafts import (
    DraftFields,
    WantedPurchaseLine,
    require_supplier,
    sound_fields,
    sound_lines,
    sound_place,
)
from domain.procurement.events import PurchaseOrderSent
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine
from domain.procurement.policies.states import DRAFT, SENT
from domain.procurement.rows import bought, change_order, lines_of, lock_order, note

LONGEST_ANSWER = 365


@operation("procurement.manage")
async def create_purchase_order(
    work: Work,
    *,
    supplier_id: int,
    location_id: int,
    lines: Sequence[WantedPurchaseLine],
    **fields: Unpack[DraftFields],
) -> int:
    """A draft of what an entity (the location's own if absent) buys, in a currency (that of its
    books if absent).

    `over_percent` more than ordered may be received; `under_percent` less counts as all. Gives its
    id. Raises NotFound, InvalidInput, QuantityNotExact, LocationClosed, SupplierTermsNotMet."""
    require_some(lines)
    await require_supplier(work, supplier_id)
    values = {
        "supplier_id": supplier_id,
        **await sound_place(work, location_id, fields.get("entity_id"), fields.get("currency")),
        **sound_fields(fields),
    }
    sound = await sound_lines(work, supplier_id, lines)
    number = (await draw_numbers(work, purchase_order=1))["purchase_order"][0]
    own = {"tenant_id": work.tenant_id, "number": number, "created_at": work.now}
    order_id = await work.value(
        insert(PurchaseOrder)
        .values(**own, **values, created_by=work.actor.principal.name)
        .returning(PurchaseOrder.id)
    )
    await _write_lines(work, order_id, sound)
    told = {"number": number, **values, "lines": sound}
    work.audit("create_purchase_order", subject="purchase_order", subject_id=order_id, after=told)
    return int(order_id)


@operation("procurement.manage")
async def revise_purchase_order(
    work: Work,
    *,
    order_id: int,
    location_id: int | None = None,
    lines: Sequence[WantedPurchaseLine] | None = None,
    expected_version: int | None = None,
    **fields: Unpack[DraftFields],
) -> int:
    """Change a draft that nobody else has seen: what is given; `lines` replace all of them, and a
    new place or buyer brings its own currency unless one is given.

    Gives its id. Raises what create_purchase_order does, and InvalidState, StaleVersion."""
    order = await lock_order(work, order_id, allowed=(DRAFT,), expected_version=expected_version)
    values = sound_fields(fields)
    if location_id is not None or fields.keys() & {"entity_id", "currency"}:
        place = location_id or order.location_id
        buyer = fields.get("entity_id") or (None if location_id else order.entity_id)
        values |= await sound_place(work, place, buyer, fields.get("currency"))
    before = {name: getattr(order, name) for name in values if getattr(order, name) != values[name]}
    told = {name: values[name] for name in before}
    if lines is not None:
        require_some(lines)
        sound = await sound_lines(work, order.supplier_id, lines)
        await work.execute(
            delete(PurchaseOrderLine).where(
                PurchaseOrderLine.tenant_id == work.tenant_id,
                PurchaseOrderLine.order_id == order_id,
            )
        )
        await _write_lines(work, order_id, sound)
        told["lines"] = sound
    await change_order(work, order_id, **values)
    work.audit(
        "revise_purchase_order",
        subject="purchase_order",
        subject_id=order_id,
        before=before,
        after=told,
    )
    return order_id


async def _write_lines(work: Work, order_id: int, sound: Sequence[dict[str, Any]]) -> None:
    rows = [{"tenant_id": work.tenant_id, "order_id": order_id, **line} for line in sound]
    await work.execute(insert(PurchaseOrderLine), rows)


@operation("procurement.manage")
async def send_purchase_order(
    work: Work, *, order_id: int, answer_within_days: int = 2, expected_version: int | None = None
) -> int:
    """The supplier sees the order from now on, and should answer within so many days; what it is
    wanted for is to come on the days it is wanted.

    Gives its id. Raises NotFound, InvalidInput, InvalidState, StaleVersion."""
    if not 0 <= answer_within_days <= LONGEST_ANSWER:
        message = f"Must be 0 to {LONGEST_ANSWER}."
        raise InvalidInput(message, path=("answer_within_days",))
    order = await lock_order(work, order_id, allowed=(DRAFT,), expected_version=expected_version)
    lines = await lines_of(work, order_id)
    coming = {n.id: [ComingPart(quantity=n.quantity, expected_on=n.wanted_on)] for n in lines}
    answer_by = work.now + timedelta(days=answer_within_days)
    await change_order(work, order_id, status=SENT, sent_at=work.now, answer_by=answer_by)
    work.record(
        PurchaseOrderSent(
            aggregate_id=order_id,
            number=order.number,
            supplier_id=order.supplier_id,
            item_ids=tuple(sorted({line.item_id for line in lines})),
        )
    )
    await write_parts(work, bought(order, lines), coming)
    note(work, "send_purchase_order", order, status=SENT, told={"answer_by": answer_by})
    return order_id
