"""A return that is asked for, written down: whose it is, where it is to go, and its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.numbers import draw_numbers
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.returns.authorizing import find_place, terms_of
from domain.returns.deciding import Decided, InEffect
from domain.returns.models import (
    ReturnLine,
    ReturnReplacement,
    ReturnReplacementLine,
    ReturnRequest,
)
from domain.returns.policies.states import GOODS, WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedInstead:
    """What is wanted instead, in base units; without a price it is at the customer's price."""

    item_id: int
    quantity: Decimal
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is said of a whole return: whose it is, of which entity's sales, where it is to go."""

    party_id: int | None
    entity_id: int
    channel_id: int | None
    currency: str
    location_id: int | None
    ship_from: Mapping[str, Any] | None


async def head_of(
    work: Work,
    orders: Sequence[Row[Any]],
    party_id: int | None,
    entity_id: int | None,
    location_id: int | None,
) -> Head:
    """Whose the return is, and of which sales: as its orders say, or the caller.

    Raises InvalidInput for orders of several customers, sellers or currencies; NotFound."""
    if location_id is not None:
        async with work.house() as house:
            place = await find_place(house, location_id)
    if not orders:
        own = party_id or work.principal.party_id
        entity = await _entity(work, entity_id, place.entity_id if location_id else None)
        return Head(
            party_id=own,
            entity_id=entity.id,
            channel_id=None,
            currency=entity.currency,
            location_id=location_id,
            ship_from=None,
        )
    first = orders[0]
    for each in orders:
        for name in ("party_id", "entity_id", "currency"):
            if getattr(each, name) != getattr(first, name):
                message = "Goods of one customer, one seller and one currency make a return."
                raise InvalidInput(message, path=("lines",))
    if party_id not in (None, first.party_id) or entity_id not in (None, first.entity_id):
        raise InvalidInput("The orders are another's.", path=("party_id",))
    return Head(
        party_id=first.party_id,
        entity_id=first.entity_id,
        channel_id=first.channel_id,
        currency=first.currency,
        location_id=location_id,
        ship_from=first.ship_to,
    )


async def _entity(reader: Reader, entity_id: int | None, otherwise: int | None) -> Row[Any]:
    wanted = entity_id or otherwise
    statement = select(LegalEntity.id, LegalEntity.currency).where(
        LegalEntity.tenant_id == reader.tenant_id
    )
    if wanted is not None:
        statement = statement.where(LegalEntity.id == wanted)
    found = await reader.rows(statement.limit(2))
    if len(found) == 1:
        return found[0]
    if wanted is not None:
        raise NotFound("legal entity")
    raise InvalidInput("Say of which seller.", path=("entity_id",))


def place_of(head: Head, decided: Sequence[Decided], shipped_from: Sequence[int]) -> int | None:
    """Where the goods are to come: as the caller or the policy says, else where they came from."""
    rules = [each.decision.rule for each in decided if each.decision.rule is not None]
    told = head.location_id or terms_of(rules).location_id
    return told or (shipped_from[0] if shipped_from else None)


async def write_return(
    work: Work,
    head: Head,
    place: int | None,
    policy: InEffect,
    decided: Sequence[Decided],
    resolution: str,
    replaces: str | None,
    comment: str | None,
) -> Row[Any]:
    """Write a return and its lines, numbered; the return\'s row."""
    number = (await draw_numbers(work, **{"return": 1}))["return"][0]
    rows = await work.rows(
        insert(ReturnRequest)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            party_id=head.party_id,
            entity_id=head.entity_id,
            channel_id=head.channel_id,
            location_id=place,
            policy_id=policy.policy_id,
            currency=head.currency,
            source="customer" if work.principal.is_partner else "agent",
            status=WAITING,
            resolution=resolution,
            replaces=replaces,
            note=comment,
            ship_from=head.ship_from,
            requested_at=work.now,
            requested_by=work.actor.principal.name,
        )
        .returning(*ReturnRequest.__table__.c)
    )
    waits = any(each.asks for each in decided)
    await insert_rows(
        work,
        ReturnLine,
        [line_row(rows[0].id, n, each, waits=waits) for n, each in enumerate(decided, start=1)],
    )
    return rows[0]


def line_row(return_id: int, number: int, each: Decided, *, waits: bool) -> dict[str, Any]:
    """A line as it is kept. `waits`: nothing of the return is let before somebody says yes."""
    line, decision = each.line, each.decision
    return {
        "return_id": return_id,
        "line_number": number,
        "order_id": None if line.order is None else line.order.order_id,
        "order_line_id": line.order_line_id,
        "item_id": line.item_id,
        "quantity": line.quantity,
        "reason_id": line.reason_id,
        "condition": line.condition,
        "delivered_on": line.delivered_on,
        "note": line.note,
        "status": "waiting" if waits and each.status != "refused" else each.status,
        "rule": None if decision.rule is None else decision.rule.name,
        "explanation": list(decision.explanation),
        "fee_percent": decision.fee_percent,
        "fee_minor": decision.fee_minor,
        "refunds_shipping": decision.rule is not None and decision.rule.refunds_shipping,
    }


async def write_instead(
    work: Work, row: Row[Any], decided: Sequence[Decided], instead: Sequence[WantedInstead]
) -> None:
    """What is wanted instead: of a replacement the very goods, for nothing."""
    if row.resolution not in GOODS:
        return
    wanted = list(instead) or [
        WantedInstead(item_id=each.line.item_id, quantity=each.line.quantity, unit_price=Decimal(0))
        for each in decided
        if each.status != "refused"
    ]
    if not wanted:
        return
    [replacement_id] = await insert_ids(
        work,
        ReturnReplacement,
        [{"return_id": row.id, "kind": row.resolution, "requested_at": work.now}],
    )
    await insert_rows(
        work,
        ReturnReplacementLine,
        [
            {
                "return_id": row.id,
                "replacement_id": replacement_id,
                "item_id": each.item_id,
                "quantity": each.quantity,
                "unit_price": each.unit_price,
            }
            for each in wanted
        ],
    )
