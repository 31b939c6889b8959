"""A location rejects what it was given to do; it is taken from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.allocation.holdings import holdings_of
from domain.allocation.locking_ahead import lock_ahead
from domain.allocation.rejections import REASONS, Rejected, write_rejections
from domain.allocation.serving import serve_waiting
from domain.allocation.settling import Standing, settle
from domain.fulfilment.events import FulfilmentRejected
from domain.fulfilment.giving_up import give_up
from domain.fulfilment.kit_parts import rest_of_kits
from domain.fulfilment.missing_stock import Missing, correct_missing, owned_by
from domain.fulfilment.policy import WorkLine
from domain.fulfilment.progress import (
    LineQuantity,
    LocationWork,
    lock_work,
    note,
    require_enough,
    sound_quantities,
    write_progress,
)
from domain.inventory.balances import lock_balances_by_id
from domain.inventory.valuation.costs import lock_costs
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lines_of

ZERO = Decimal(0)
# What is not there, or not whole, is not for sale to the next one either.
HELD = {"no_stock": "rejected_no_stock", "damaged": "rejected_damaged"}


@operation("fulfilment.pick")
async def reject_fulfilment(
    work: Work,
    *,
    fulfilment_order_id: int,
    reason: str,
    lines: Sequence[LineQuantity] | None = None,
    note_text: str | None = None,
    until: datetime | None = None,
    expected_version: int | None = None,
) -> str:
    """Reject what is not picked yet, or quantities of it (base units); returns the fulfilment
    order's status.

    The allocation ends and the location is not asked for these lines again until `until` (else a
    day or a week, by reason). Other locations are asked at once; a partner's rejection is served
    by the worker, because a partner sees no other location. After as many rejections as the
    policy allows (3) the line waits for a person. For `no_stock` and `damaged` the units stand in
    quality control until they are found or written off, which is done at once for `no_stock` within
    the tolerance of the location, and asked for beyond it; for `capacity` and `closed` they are
    for sale. Of a kit, its other components are given back with it.
    Raises NotFound, StaleVersion, InvalidInput, InvalidState, NotThatMuch."""
    text.choice(reason, REASONS, path=("reason",))
    note_text = text.optional(note_text, path=("note",))
    if until is not None and until <= work.now:
        raise InvalidInput("Must lie ahead.", path=("until",))
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    rejected = _rejected(current, lines)
    beside = await rest_of_kits(work, current, rejected)
    held_because = HELD.get(reason)
    await _lock(work, current, reason)
    lost = await give_up(work, current, rejected, held_because=held_because, told=lines or ())
    await give_up(work, current, beside)
    status = await write_progress(work, current, _after(current, rejected, beside))
    kept = await _write(work, current, rejected, reason=reason, note_text=note_text, until=until)
    standing = await _ask_others(work, current)
    corrected = await _correct(work, current, lost, kept) if reason == "no_stock" else None
    quantities = {str(line_id): quantity for line_id, quantity in rejected.items()}
    told = {"reason": reason, "rejected": quantities, "stock": corrected}
    note(work, "reject_fulfilment", current, status, **told)
    event = _event(current, rejected, beside, reason=reason, status=standing.status)
    work.record(replace(event, stock=corrected))
    return status


async def _correct(
    work: Work, current: LocationWork, lost: Mapping[int, Decimal], rejection_ids: Sequence[int]
) -> str | None:
    """Have what is not there taken off its owner's books, or asked for: "booked", "requested" or
    None. Of more owners than lines were rejected, the rest stands in quality control."""
    told = None
    by_owner = owned_by(await lock_balances_by_id(work, lost), lost)
    for rejection_id, (owner_id, quantities) in zip(rejection_ids, by_owner, strict=False):
        missing = Missing(
            rejection_id=rejection_id,
            fulfilment_number=current.fulfilment.number,
            location_id=current.fulfilment.location_id,
            owner_id=owner_id,
            quantities=quantities,
        )
        told = await correct_missing(work, missing) or told
    return told


async def _lock(work: Work, current: LocationWork, reason: str) -> None:
    """Everything in one go: stock is given back, taken elsewhere and taken off the books."""
    items = {line.item_id for line in await lines_of(work, [current.order.id])}
    await lock_ahead(work, items)
    if reason == "no_stock":
        held = await holdings_of(work, [current.order.id])
        owners = {current.order.entity_id, *(each.owner_id for each in held)}
        await lock_costs(work, {(owner, item) for owner in owners for item in items})


def _rejected(current: LocationWork, lines: Sequence[LineQuantity] | None) -> dict[int, Decimal]:
    quantities = (
        {line_id: line.to_pick for line_id, line in current.progress.items() if line.to_pick}
        if lines is None
        else sound_quantities(current, lines)
    )
    if current.fulfilment.status in ("cancelled", "shipped") or not quantities:
        raise current.refuse("There is nothing left to be picked.")
    _after(current, quantities, {})
    return quantities


def _after(
    current: LocationWork, rejected: Mapping[int, Decimal], beside: Mapping[int, Decimal]
) -> dict[int, WorkLine]:
    after = {}
    for line_id in {**rejected, **beside}:
        line = current.progress[line_id]
        quantity = rejected.get(line_id, ZERO) + beside.get(line_id, ZERO)
        after[line_id] = require_enough(
            line.after_pick(ZERO, quantity),
            requested=quantity,
            available=line.to_pick,
            path=("lines",),
        )
    return after


async def _write(
    work: Work,
    current: LocationWork,
    rejected: Mapping[int, Decimal],
    *,
    reason: str,
    note_text: str | None,
    until: datetime | None,
) -> list[int]:
    by_line: dict[int, Decimal] = {}
    for line_id, quantity in rejected.items():
        order_line = current.lines[line_id].order_line_id
        by_line[order_line] = by_line.get(order_line, ZERO) + quantity
    return await write_rejections(
        work,
        [Rejected(current.order.id, line_id, quantity) for line_id, quantity in by_line.items()],
        location_id=current.fulfilment.location_id,
        fulfilment_order_id=current.fulfilment.id,
        reason=reason,
        note=note_text,
        until=until,
    )


async def _ask_others(work: Work, current: LocationWork) -> Standing:
    """Serve the order from elsewhere, where the caller sees other locations; its standing."""
    standing = (await settle(work, [current.order.id]))[current.order.id]
    if work.principal.location_id is not None:
        return standing
    served = await serve_waiting(
        work, [current.order], trigger="location_rejected", explain_all=True
    )
    return served.get(current.order.id, standing)


def _event(
    current: LocationWork,
    rejected: Mapping[int, Decimal],
    beside: Mapping[int, Decimal],
    *,
    reason: str,
    status: str,
) -> FulfilmentRejected:
    return FulfilmentRejected(
        aggregate_id=current.order.id,
        number=current.order.number,
        status=status,
        fulfilment_order_id=current.fulfilment.id,
        location_id=current.fulfilment.location_id,
        reason=reason,
        line_ids=tuple(sorted({current.lines[each].order_line_id for each in rejected})),
        item_ids=tuple(sorted({current.lines[each].item_id for each in (*rejected, *beside)})),
    )
