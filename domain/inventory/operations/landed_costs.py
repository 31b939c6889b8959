"""Freight, duty and the like are spread over the receipts that they were for."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.entities.models import Party
from domain.inventory.events import LandedCostBooked
from domain.inventory.models import LandedCost, LandedShare
from domain.inventory.valuation.charged import LandedChargeLine, in_books, owed_legs
from domain.inventory.valuation.documents import entity_currency, post_change
from domain.inventory.valuation.kinds import Source
from domain.inventory.valuation.landed import (
    LandedReceipt,
    layers_of,
    shares_of,
    write_parts,
)
from domain.inventory.valuation.revising import Revalued, lock_layers, revalue_layers
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record, require_record
from domain.kernel.work import Work
from domain.ledger.entries import Leg

KIND = "landed_cost"
MOST = 1000


@operation("inventory.revalue")
async def book_landed_cost(
    work: Work,
    *,
    entity_id: int,
    charges: Sequence[LandedChargeLine],
    receipts: Sequence[LandedReceipt],
    reason: str,
    party_id: int | None = None,
    external_reference: str | None = None,
    currency: str | None = None,
) -> int:
    """Spread charges over receipts of an entity, exactly: what is for goods still there goes to
    the stock, the rest where their cost went. Gives the document's id.

    `party_id` is whom it is owed to. The charges are in `currency` (the entity's own if absent),
    at the day's rate. Raises NotFound, InvalidInput, ExchangeRateMissing."""
    reason = text.name(reason, path=("reason",))
    own = await entity_currency(work, entity_id)
    await require_record(work, Party.__table__, party_id, kind="party")
    _require_few(charges, receipts)
    charged = await in_books(work, charges, currency or own, own)
    layers = await _locked(work, entity_id, receipts)
    shares = shares_of(charged.charges, receipts, layers)
    number = (await draw_numbers(work, landed_cost=1))[KIND][0]
    landed_id = await _write(
        work,
        number=number,
        entity_id=entity_id,
        party_id=party_id,
        currency=own,
        **charged.columns,
        external_reference=text.optional(external_reference, path=("external_reference",)),
        reason=reason,
    )
    differences = {layer.id: each.amount for layer, each in zip(layers, shares, strict=True)}
    source = Source(KIND, landed_id)
    revalued = await revalue_layers(work, differences, cause=source)
    await write_parts(work, landed_id, charged.charges, layers, shares, revalued)
    owed = owed_legs(KIND, sum(differences.values()), own, charged.columns)
    told = (KIND, f"Landed cost {number}")
    await _post(work, source, revalued, owed, told, entity_id=entity_id, currency=own)
    _tell(work, landed_id, number, entity_id, "booked", differences, reason)
    return landed_id


def _require_few(charges: Sequence[LandedChargeLine], receipts: Sequence[LandedReceipt]) -> None:
    if not 1 <= len(charges) <= MOST or not 1 <= len(receipts) <= MOST:
        raise InvalidInput(f"Give 1 to {MOST} charges and receipts.", path=("receipts",))


async def _locked(
    work: Work, entity_id: int, receipts: Sequence[LandedReceipt]
) -> Sequence[Row[Any]]:
    """The layers that came by the receipts, with their costs locked."""
    await lock_layers(work, [row.id for row in await layers_of(work, entity_id, receipts)])
    return await layers_of(work, entity_id, receipts)


@operation("inventory.revalue")
async def reverse_landed_cost(work: Work, *, landed_cost_id: int, reason: str) -> int:
    """Take a landed cost document back, by what it is for goods still there and goods gone now.
    Gives its id. Raises NotFound, InvalidInput, InvalidState when it is reversed already."""
    reason = text.name(reason, path=("reason",))
    landed = await lock_record(work, LandedCost, landed_cost_id, kind="landed cost")
    if landed.status != "booked":
        raise InvalidState("It is reversed already.", state=landed.status, allowed=[])
    rows = await work.rows(
        select(LandedShare.layer_id, LandedShare.amount_minor).where(
            LandedShare.tenant_id == work.tenant_id, LandedShare.landed_cost_id == landed_cost_id
        )
    )
    differences = {row.layer_id: -row.amount_minor for row in rows}
    source = Source(KIND, landed_cost_id)
    revalued = await revalue_layers(work, differences, cause=source)
    await work.execute(
        update(LandedCost)
        .where(LandedCost.tenant_id == work.tenant_id, LandedCost.id == landed_cost_id)
        .values(status="reversed", reversed_at=work.now)
    )
    worth, own = sum(differences.values()), landed.currency
    owed = owed_legs(KIND, worth, own, landed._asdict(), sign=-1)
    told = ("landed_cost_reversal", f"Landed cost {landed.number} taken back")
    await _post(work, source, revalued, owed, told, entity_id=landed.entity_id, currency=own)
    _tell(work, landed_cost_id, landed.number, landed.entity_id, "reversed", differences, reason)
    return landed_cost_id


async def _post(
    work: Work,
    source: Source,
    revalued: Revalued,
    owed: Sequence[Leg],
    told: tuple[str, str],
    *,
    entity_id: int,
    currency: str,
) -> None:
    """Post it as (milestone, description)."""
    milestone, description = told
    await post_change(
        work,
        entity_id=entity_id,
        currency=currency,
        milestone=milestone,
        source=source,
        legs=revalued.legs,
        owed=owed,
        corrected=revalued.corrected,
        description=description,
    )


async def _write(work: Work, **fields: Any) -> int:
    made = insert(LandedCost).values(
        tenant_id=work.tenant_id,
        booked_on=work.now.date(),
        created_at=work.now,
        created_by=work.principal.name,
        **fields,
    )
    return int(await work.value(made.returning(LandedCost.id)))


def _tell(
    work: Work,
    landed_id: int,
    number: str,
    entity_id: int,
    what: str,
    differences: Mapping[int, int],
    reason: str,
) -> None:
    work.record(
        LandedCostBooked(
            aggregate_id=landed_id,
            number=number,
            entity_id=entity_id,
            status=what,
            amount_minor=sum(differences.values()),
        )
    )
    work.audit(
        "book_landed_cost" if what == "booked" else "reverse_landed_cost",
        subject=KIND,
        subject_id=landed_id,
        after={
            "number": number,
            "status": what,
            "layers": {str(k): v for k, v in differences.items()},
        },
        reason=reason,
    )
