"""A transfer is planned, keeps its stock, or is given up before anything left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Row

from domain.inventory.balances import NEW, Place, ensure_balances
from domain.inventory.events import TransferEnded, TransferReleased
from domain.inventory.goods import coming_goods
from domain.inventory.lines import place_of, require_distinct, require_some
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.models import TransferLine, TransferOrder
from domain.inventory.movements import Change, move
from domain.inventory.policies.transfers import DRAFT, RELEASED
from domain.inventory.sites import Site, find_site
from domain.inventory.transfer_owners import Agreed, trading
from domain.inventory.transfer_rows import (
    REFERENCE_KIND,
    change_transfer,
    end_holds,
    hold_for_lines,
    lock_transfer,
    transfer_lines,
    transit_location,
)
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTransferLine:
    """A quantity of a unit (the base unit if absent) that is to go."""

    item_id: int
    quantity: Decimal
    unit: str | None = None
    condition: str = NEW
    lot: str = ""


@operation("inventory.transfer")
async def create_transfer(
    work: Work,
    *,
    source_id: int,
    destination_id: int,
    lines: Sequence[WantedTransferLine],
    reason: str = "transfer",
    owner_id: int | None = None,
    buyer_id: int | None = None,
    expected_on: date | None = None,
    external_reference: str | None = None,
) -> int:
    """Plan a transfer of an owner's goods (the source's own entity if absent) to another location.
    They become the `buyer_id`'s, if one is given, as the two entities' trade agreement says.

    Pieces with serial numbers are named when they leave. Nothing is kept for it until it is
    released. Gives its id. Raises NotFound, InvalidInput, QuantityNotExact, LocationClosed,
    AgreementMissing."""
    require_some(lines)
    reason = text.name(reason, path=("reason",))
    site = await _source(work, source_id, destination_id, owner_id, buyer_id)
    agreed = await _agreed(work, site.owner_id, buyer_id)
    wanted = await _wanted(work, site, lines)
    balances = await ensure_balances(work, [place for place, _ in wanted])
    transit_id = await transit_location(work, site.owner_id)
    number = (await draw_numbers(work, transfer=1))["transfer"][0]
    transfer_id = await work.value(
        insert(TransferOrder)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            source_id=source_id,
            destination_id=destination_id,
            transit_id=transit_id,
            owner_id=site.owner_id,
            **_passing(buyer_id, agreed),
            reason=reason,
            external_reference=text.optional(external_reference, path=("external_reference",)),
            expected_on=expected_on,
            created_at=work.now,
            created_by=work.principal.name,
        )
        .returning(TransferOrder.id)
    )
    await _write_lines(work, transfer_id, (source_id, destination_id), wanted, balances)
    await _plan(work, transfer_id, number, agreed)
    _note_planned(work, transfer_id, {"number": number, "lines": len(wanted)}, reason)
    return int(transfer_id)


async def _source(
    work: Work, source_id: int, destination_id: int, owner_id: int | None, buyer_id: int | None
) -> Site:
    """Where the goods come from, and whose they are; they can go to the other place."""
    if source_id == destination_id:
        raise InvalidInput("Must be another location.", path=("destination_id",))
    site = await find_site(work, location_id=source_id, owner_id=owner_id)
    await find_site(work, location_id=destination_id, owner_id=buyer_id or site.owner_id)
    return site


async def _agreed(work: Work, owner_id: int, buyer_id: int | None) -> Agreed | None:
    """How the goods become the buyer's; None when they stay the owner's."""
    if buyer_id in (None, owner_id):
        return None
    return await trading().agreed(work, supplier_id=owner_id, buyer_id=buyer_id)


def _passing(buyer_id: int | None, agreed: Agreed | None) -> dict[str, Any]:
    return {} if agreed is None else {"buyer_id": buyer_id, "passes_at": agreed.passes_at}


async def _plan(work: Work, transfer_id: int, number: str, agreed: Agreed | None) -> None:
    if agreed is not None:
        await trading().planned(work, transfer_id=transfer_id, number=number, agreed=agreed)


def _note_planned(work: Work, transfer_id: int, told: dict[str, Any], reason: str) -> None:
    work.audit(
        "create_transfer",
        subject="transfer_order",
        subject_id=transfer_id,
        after=told,
        reason=reason,
    )


async def _write_lines(
    work: Work,
    transfer_id: int,
    places: tuple[int, int],
    wanted: Sequence[tuple[Place, Decimal]],
    balances: Mapping[Place, int],
) -> None:
    source_id, destination_id = places
    rows = [
        {
            "tenant_id": work.tenant_id,
            "transfer_id": transfer_id,
            "line_number": line_number,
            "item_id": place.item_id,
            "balance_id": balances[place],
            "source_id": source_id,
            "destination_id": destination_id,
            "quantity": quantity,
        }
        for line_number, (place, quantity) in enumerate(wanted, start=1)
    ]
    await work.execute(insert(TransferLine), rows)


async def _wanted(
    work: Work, site: Site, lines: Sequence[WantedTransferLine]
) -> list[tuple[Place, Decimal]]:
    """Which stock, and how much of it in base units, each line means."""
    goods = await coming_goods(work, {line.item_id for line in lines})
    wanted = []
    for number, line in enumerate(lines):
        path = ("lines", number)
        known = goods[line.item_id]
        place = place_of(known, site, condition=line.condition, lot=line.lot, path=path)
        quantity = known.in_base(line.quantity, line.unit, path=(*path, "quantity"))
        if quantity <= 0:
            raise InvalidInput("Must be more than zero.", path=(*path, "quantity"))
        wanted.append((place, quantity))
    require_distinct([place for place, _ in wanted])
    await ensure_lots(work, [ToldLot(item_id=place.item_id, code=place.lot) for place, _ in wanted])
    return wanted


@operation("inventory.transfer")
async def release_transfer(work: Work, *, transfer_id: int) -> int:
    """Keep the stock for the transfer: no order takes it from now on.

    Gives its id. Raises NotFound, InvalidState, StockShort with nothing kept."""
    transfer = await lock_transfer(work, transfer_id, allowed=(DRAFT,))
    lines = await transfer_lines(work, transfer_id)
    changes = [
        Change(
            balance_id=line.balance_id,
            kind="reservation",
            reserved=line.quantity,
            reason=transfer.reason,
        )
        for line in lines
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=transfer_id)
    await hold_for_lines(work, {line.id: (line.balance_id, line.quantity) for line in lines})
    await change_transfer(work, transfer_id, status=RELEASED)
    work.record(TransferReleased(aggregate_id=transfer_id, number=transfer.number))
    _audit(work, "release_transfer", transfer, RELEASED)
    return transfer_id


@operation("inventory.transfer")
async def cancel_transfer(work: Work, *, transfer_id: int, reason: str) -> int:
    """Give up a transfer of which nothing has left; what was kept for it becomes free.

    Gives its id. Raises NotFound, InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    transfer = await lock_transfer(work, transfer_id, allowed=(DRAFT, RELEASED))
    lines = await transfer_lines(work, transfer_id) if transfer.status == RELEASED else []
    changes = [
        Change(balance_id=line.balance_id, kind="release", reserved=-line.quantity, reason=reason)
        for line in lines
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=transfer_id)
    await end_holds(work, [line.id for line in lines], status="released")
    await change_transfer(work, transfer_id, status="cancelled", ended_at=work.now)
    work.record(
        TransferEnded(
            aggregate_id=transfer_id,
            number=transfer.number,
            status="cancelled",
            item_ids=tuple(sorted({line.item_id for line in lines})),
        )
    )
    _audit(work, "cancel_transfer", transfer, "cancelled", reason)
    return transfer_id


def _audit(
    work: Work, action: str, transfer: Row[Any], status: str, reason: str | None = None
) -> None:
    work.audit(
        action,
        subject="transfer_order",
        subject_id=transfer.id,
        before={"status": transfer.status},
        after={"status": status},
        reason=reason,
    )
