"""What a location does not find is not there: the books are corrected, so that it is not chosen
for the same goods again. Declares what runs when that is approved.

Within the tolerance of the location it is booked at once; else somebody else has to say yes. Until
then, and after a no, the units stand in quality control, where nobody is promised them. Pieces
with serial numbers stay there until a person says of each where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.approvals.requesting import request_approval
from domain.approvals.subjects import Request, approvable
from domain.inventory.adjustments import values_of
from domain.inventory.asking import facts_of_stock
from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.goods import goods_of
from domain.inventory.outcomes import LocationClosed, StockChanged
from domain.inventory.policies.counting import is_within
from domain.inventory.policy import States
from domain.inventory.sites import Site, find_site
from domain.inventory.tolerances import tolerance_at
from domain.kernel.quantity import plain
from domain.kernel.work import Work

SUBJECT = "missing_stock"
REASON = "rejected_no_stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What a location did not find (base units, by balance) of an order's owner's, by which
    rejection and fulfilment order. It stands in quality control."""

    rejection_id: int
    fulfilment_number: str
    location_id: int
    owner_id: int
    quantities: Mapping[int, Decimal]


def owned_by(
    balances: Mapping[int, Balance], quantities: Mapping[int, Decimal]
) -> list[tuple[int, dict[int, Decimal]]]:
    """The quantities (by balance) of each owner, owner by owner."""
    found: dict[int, dict[int, Decimal]] = {}
    for balance_id, quantity in quantities.items():
        found.setdefault(balances[balance_id].owner_id, {})[balance_id] = quantity
    return sorted(found.items())


async def correct_missing(work: Work, missing: Missing) -> str | None:
    """Book what is missing, or ask for it: "booked", "requested", or None when there is nothing to
    be corrected by quantity. The balances are locked, and nothing else of stock is to follow."""
    balances = await _by_quantity(work, missing.quantities)
    if not balances:
        return None
    corrections = [_correction(each, missing.quantities[each.id]) for each in balances]
    values = await values_of(work, corrections)
    site = await _open_site(work, missing)
    if site is not None and await _is_within(work, missing.location_id, corrections, values):
        await _book(work, corrections, site)
        return "booked"
    await request_approval(
        work,
        subject=SUBJECT,
        subject_id=missing.rejection_id,
        summary=f"{missing.fulfilment_number}: {len(corrections)} balances with goods not found",
        details={
            "location_id": missing.location_id,
            "owner_id": missing.owner_id,
            "value_minor": sum(values),
            "lines": [
                {"balance_id": each.balance.id, "quantity": f"{plain(-each.delta):f}"}
                for each in corrections
            ],
        },
        reason=REASON,
        facts=await facts_of_stock(
            work,
            location_id=missing.location_id,
            owner_id=missing.owner_id,
            value_minor=sum(values),
        ),
        location_id=missing.location_id,
    )
    return "requested"


@approvable(SUBJECT, title="Goods a location did not find", permission="inventory.approve")
async def write_off_missing(work: Work, request: Request) -> None:
    """Take what was not found off the books. Raises StockChanged when less of it stands in quality
    control by now: it was found, or written off; LocationClosed."""
    asked = {each["balance_id"]: Decimal(each["quantity"]) for each in request.details["lines"]}
    locked = await lock_balances_by_id(work, asked)
    for balance_id, quantity in asked.items():
        _require_held(locked[balance_id], quantity)
    corrections = [_correction(locked[each], quantity) for each, quantity in asked.items()]
    site = await find_site(
        work,
        location_id=request.details["location_id"],
        owner_id=request.details["owner_id"],
    )
    document_id = await _book(work, corrections, site)
    work.audit(
        "write_off_missing",
        subject="stock_document",
        subject_id=document_id,
        after={"lines": request.details["lines"], "requested_by": request.requested_by},
        reason=request.reason,
    )


async def _by_quantity(work: Work, quantities: Mapping[int, Decimal]) -> list[Balance]:
    balances = await lock_balances_by_id(work, quantities)
    goods = await goods_of(work, {each.item_id for each in balances.values()})
    return [each for each in balances.values() if goods[each.item_id].tracking != "serial"]


def _correction(balance: Balance, quantity: Decimal) -> Correction:
    return Correction(balance=balance, delta=-quantity, quality_control=-quantity)


async def _open_site(work: Work, missing: Missing) -> Site | None:
    try:
        return await find_site(work, location_id=missing.location_id, owner_id=missing.owner_id)
    except LocationClosed:
        return None


async def _is_within(
    work: Work, location_id: int, corrections: Sequence[Correction], values: Sequence[int]
) -> bool:
    tolerance = await tolerance_at(work, location_id)
    return all(
        is_within(
            tolerance,
            States(on_hand=each.delta),
            expected=each.balance.on_hand,
            value_minor=value,
        )
        for each, value in zip(corrections, values, strict=True)
    )


async def _book(work: Work, corrections: Sequence[Correction], site: Site) -> int:
    document = await book_corrections(
        work,
        corrections,
        site=site,
        reason=REASON,
        balance_ids=[each.balance.id for each in corrections],
    )
    return int(document.document_id)


def _require_held(balance: Balance, quantity: Decimal) -> None:
    if balance.quality_control < quantity:
        found: dict[str, Any] = {
            "item_id": balance.item_id,
            "location_id": balance.location_id,
            "expected": plain(quantity),
            "actual": plain(balance.quality_control),
        }
        raise StockChanged("Less of it stands in quality control by now.", **found)
