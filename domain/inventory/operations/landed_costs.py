"""Freight, duty and the like are spread over the receipts that they were for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update

from domain.entities.models import Party
from domain.inventory.events import LandedCostBooked
from domain.inventory.models import LandedCost, LandedShare
from domain.inventory.policies.landed_cost import (
    BASES,
    CHARGES,
    Charge,
)
from domain.inventory.valuation.documents import entity_currency, post_change
from domain.inventory.valuation.kinds import Source
from domain.inventory.valuation.landed import (
    LandedReceipt,
    layers_of,
    shares_of,
    write_parts,
)
from domain.inventory.valuation.revising import lock_layers, revalue_layers
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.money import exponent
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record, require_record
from domain.kernel.work import Work

KIND = "landed_cost"
MOST = 1000
LARGEST_MINOR = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedChargeLine:
    """A charge in major units of the entity's currency, and by what it is spread: `value`,
    `weight`, `volume` or `quantity`."""

    kind: str
    basis: str
    amount: Decimal


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
) -> int:
    """Spread charges over receipts of an entity, exactly: what is for goods still there goes to
    the stock, the rest where their cost went. Gives the document's id.

    `party_id` is whom it is owed to. Raises NotFound, InvalidInput."""
    reason = text.name(reason, path=("reason",))
    currency = await entity_currency(work, entity_id)
    await require_record(work, Party.__table__, party_id, kind="party")
    sound = [_sound(n, charge, currency) for n, charge in enumerate(charges)]
    if not 1 <= len(sound) <= MOST or not 1 <= len(receipts) <= MOST:
        raise InvalidInput(f"Give 1 to {MOST} charges and receipts.", path=("receipts",))
    await lock_layers(work, [row.id for row in await layers_of(work, entity_id, receipts)])
    layers = await layers_of(work, entity_id, receipts)
    shares = shares_of(sound, receipts, layers)
    number = (await draw_numbers(work, landed_cost=1))[KIND][0]
    landed_id = await _write(
        work,
        number=number,
        entity_id=entity_id,
        party_id=party_id,
        amount_minor=sum(charge.amount_minor for charge in sound),
        currency=currency,
        external_reference=text.optional(external_reference, path=("external_reference",)),
        reason=reason,
    )
    differences = {layer.id: share_.amount for layer, share_ in zip(layers, shares, strict=True)}
    revalued = await revalue_layers(work, differences, cause=Source(KIND, landed_id))
    await write_parts(work, landed_id, sound, layers, shares, revalued)
    await post_change(
        work,
        entity_id=entity_id,
        currency=currency,
        milestone=KIND,
        source=Source(KIND, landed_id),
        legs=(*revalued.legs, (KIND, -sum(differences.values()))),
        description=f"Landed cost {number}",
    )
    _tell(work, landed_id, number, entity_id, "booked", differences, reason)
    return landed_id


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
    await post_change(
        work,
        entity_id=landed.entity_id,
        currency=landed.currency,
        milestone="landed_cost_reversal",
        source=source,
        legs=(*revalued.legs, (KIND, -sum(differences.values()))),
        description=f"Landed cost {landed.number} taken back",
    )
    _tell(work, landed_cost_id, landed.number, landed.entity_id, "reversed", differences, reason)
    return landed_cost_id


async def _write(work: Work, **fields: Any) -> int:
    made = insert(LandedCost).values(
        tenant_id=work.tenant_id,
        booked_on=work.now.date(),
        created_at=work.now,
        created_by=work.principal.name,
        **fields,
    )
    return int(await work.value(made.returning(LandedCost.id)))


def _sound(place: int, charge: LandedChargeLine, currency: str) -> Charge:
    path = ("charges", place)
    text.choice(charge.kind, CHARGES, path=(*path, "kind"))
    text.choice(charge.basis, BASES, path=(*path, "basis"))
    amount = charge.amount.scaleb(exponent(currency)) if charge.amount.is_finite() else Decimal(0)
    if amount != amount.to_integral_value() or not 0 < amount <= LARGEST_MINOR:
        raise InvalidInput(f"Must be an amount of {currency} above zero.", path=(*path, "amount"))
    return Charge(charge.kind, charge.basis, int(amount))


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
