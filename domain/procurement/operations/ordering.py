"""The buyer writes an order, and sends it to the supplier."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert

from domain.inventory.lines import require_some
from domain.inventory.policies.purchases import ComingPart
from domain.inventory.purchase_supply import write_parts
from domain.inventory.sites import find_site
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.procurement.drafts import WantedPurchaseLine, require_supplier, sound_lines
from domain.procurement.events import PurchaseOrderSent
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine
from domain.procurement.policies.states import DRAFT, SENT
from domain.procurement.rows import bought, change_order, lines_of, lock_order, note

HUNDRED = Decimal(100)
LONGEST_ANSWER = 365


@operation("procurement.manage")
async def create_purchase_order(
    work: Work,
    *,
    supplier_id: int,
    location_id: int,
    lines: Sequence[WantedPurchaseLine],
    entity_id: int | None = None,
    external_reference: str | None = None,
    note_to_supplier: str | None = None,
    over_percent: Decimal = Decimal(0),
    under_percent: Decimal = Decimal(0),
) -> int:
    """A draft of what an entity (the location's own if absent) buys, in the currency of its books.

    `over_percent` more than ordered may be received; `under_percent` less counts as all. Gives its
    id. Raises NotFound, InvalidInput, QuantityNotExact, LocationClosed, SupplierTermsNotMet."""
    require_some(lines)
    for name, percent in (("over_percent", over_percent), ("under_percent", under_percent)):
        if not 0 <= percent <= HUNDRED:
            raise InvalidInput("Must be 0 to 100.", path=(name,))
    await require_supplier(work, supplier_id)
    site = await find_site(work, location_id=location_id, owner_id=entity_id)
    sound = await sound_lines(work, supplier_id, lines)
    fields = {
        "supplier_id": supplier_id,
        "entity_id": site.owner_id,
        "location_id": location_id,
        "currency": site.currency,
        "external_reference": text.optional(external_reference, path=("external_reference",)),
        "note": text.prose(note_to_supplier, path=("note",)),
        "over_percent": over_percent,
        "under_percent": under_percent,
    }
    number = (await draw_numbers(work, purchase_order=1))["purchase_order"][0]
    own = {"tenant_id": work.tenant_id, "number": number, "created_at": work.now}
    order_id = await work.value(
        insert(PurchaseOrder)
        .values(**own, **fields, created_by=work.actor.principal.name)
        .returning(PurchaseOrder.id)
    )
    rows = [{"tenant_id": work.tenant_id, "order_id": order_id, **line} for line in sound]
    await work.execute(insert(PurchaseOrderLine), rows)
    told = {"number": number, **fields, "lines": sound}
    work.audit("create_purchase_order", subject="purchase_order", subject_id=order_id, after=told)
    return int(order_id)


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
