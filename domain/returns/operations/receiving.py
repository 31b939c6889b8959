"""Goods come back: announced or not, to wherever they came."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Location, Party
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.returns.arriving import Arrived, Parcel, ReturnedGoods, arrived_of, take_in
from domain.returns.asked import order_lines
from domain.returns.models import ReturnAuthorization, ReturnRequest
from domain.returns.outcomes import AuthorizationOver
from domain.returns.policies.states import CLOSED, OPEN, RECEIVING
from domain.returns.rows import change_return, line_state, lines_of, lock_return, note, settle
from domain.returns.tracking import left_with


@operation("returns.receive")
async def receive_return(
    work: Work,
    *,
    return_id: int,
    location_id: int,
    lines: Sequence[ReturnedGoods],
    carrier: str | None = None,
    tracking_number: str | None = None,
    comment: str | None = None,
) -> int:
    """Take in goods of a return at any location: more or fewer than announced, or others.

    They wait there, outside of stock, until they are inspected and disposed of. What nobody
    announced gets lines of its own. Gives the receipt's id. Raises NotFound, InvalidInput,
    QuantityNotExact, InvalidState, SerialNotReturnable."""
    await require_record(work, Location.__table__, location_id, kind="location")
    arrived = await arrived_of(work, lines)
    parcel = _parcel(location_id, carrier, tracking_number, comment)
    row = await lock_return(work, return_id, allowed=(*OPEN, CLOSED))
    return await _take_in(work, row, arrived, parcel)


@operation("returns.receive")
async def receive_authorized(
    work: Work,
    *,
    code: str,
    location_id: int,
    lines: Sequence[ReturnedGoods],
    carrier: str | None = None,
    tracking_number: str | None = None,
    comment: str | None = None,
) -> int:
    """As receive_return, of the return whose authorisation has this number or barcode.

    Raises AuthorizationOver for one that was cancelled."""
    await require_record(work, Location.__table__, location_id, kind="location")
    found = await work.row(
        select(*ReturnAuthorization.__table__.c).where(
            ReturnAuthorization.tenant_id == work.tenant_id,
            or_(
                ReturnAuthorization.number == code.strip(),
                ReturnAuthorization.barcode == code.strip(),
            ),
        )
    )
    if found is None:
        raise NotFound("return authorisation")
    if found.status == "cancelled":
        raise AuthorizationOver(
            f"{found.number} was cancelled.", number=found.number, status=found.status
        )
    arrived = await arrived_of(work, lines)
    parcel = _parcel(location_id, carrier, tracking_number, comment, found.id)
    row = await lock_return(work, found.return_id, allowed=(*OPEN, CLOSED))
    return await _take_in(work, row, arrived, parcel)


@operation("returns.receive")
async def receive_unannounced(
    work: Work,
    *,
    location_id: int,
    lines: Sequence[ReturnedGoods],
    order_id: int | None = None,
    party_id: int | None = None,
    carrier: str | None = None,
    tracking_number: str | None = None,
    comment: str | None = None,
) -> int:
    """Take in goods that nobody announced: a return is made of them. Gives the receipt's id.

    They are of the order, if one is told, or of the one by which their serial numbers left; of
    nobody's otherwise. Raises NotFound, InvalidInput, QuantityNotExact, SerialNotReturnable."""
    await require_record(work, Location.__table__, location_id, kind="location")
    await require_record(work, SalesOrder.__table__, order_id, kind="order")
    await require_record(work, Party.__table__, party_id, kind="party")
    arrived = await arrived_of(work, lines)
    parcel = _parcel(location_id, carrier, tracking_number, comment)
    await work.see_as_house()
    order = await _order(work, order_id or await _order_of_pieces(work, arrived))
    row = await _write(work, order, party_id, parcel)
    return await _take_in(work, row, arrived, parcel, [] if order is None else [order.id])


def _parcel(
    location_id: int,
    carrier: str | None,
    tracking_number: str | None,
    comment: str | None,
    authorization_id: int | None = None,
) -> Parcel:
    return Parcel(
        location_id=location_id,
        authorization_id=authorization_id,
        carrier=text.optional(carrier, path=("carrier",)),
        tracking_number=text.optional(tracking_number, path=("tracking_number",)),
        comment=text.prose(comment, path=("comment",)),
    )


async def _take_in(
    work: Work,
    row: Row[Any],
    arrived: Sequence[Arrived],
    parcel: Parcel,
    also_of: Sequence[int] = (),
) -> int:
    receipt_id = await take_in(work, row, arrived, parcel, also_of)
    if row.status == CLOSED:
        await change_return(work, row.id, status=RECEIVING, ended_at=None)
        row = await lock_return(work, row.id)
    await _end_authorizations(work, row)
    status = await settle(work, row)
    note(work, "receive_return", row, status=status, told={"receipt_id": receipt_id})
    return receipt_id


async def _end_authorizations(work: Work, row: Row[Any]) -> None:
    """Once nothing is to come any more, all that was allowed came."""
    if any(line_state(line).to_come for line in await lines_of(work, row.id)):
        return
    await work.execute(
        update(ReturnAuthorization)
        .where(
            ReturnAuthorization.tenant_id == work.tenant_id,
            ReturnAuthorization.return_id == row.id,
            ReturnAuthorization.status == "open",
        )
        .values(status="received", ended_at=work.now, version=ReturnAuthorization.version + 1)
    )


async def _order_of_pieces(work: Work, arrived: Sequence[Arrived]) -> int | None:
    """The order by which the first of the pieces left."""
    pieces = [(each.item_id, each.serial) for each in arrived if each.serial is not None]
    left_by = await left_with(work, pieces) if pieces else {}
    if not left_by:
        return None
    found = await order_lines(work, SalesOrderLine.id == next(iter(left_by.values())))
    return next((int(row.order_id) for row in found.values()), None)


async def _order(work: Work, order_id: int | None) -> Row[Any] | None:
    if order_id is None:
        return None
    return await work.row(
        select(*SalesOrder.__table__.c).where(
            SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id
        )
    )


async def _write(
    work: Work, order: Row[Any] | None, party_id: int | None, parcel: Parcel
) -> Row[Any]:
    entity = await _entity(work, parcel.location_id)
    if order is not None and party_id not in (None, order.party_id):
        raise InvalidInput("The order is another's.", path=("party_id",))
    number = (await draw_numbers(work, **{"return": 1}))["return"][0]
    rows = await work.rows(
        insert(ReturnRequest)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            party_id=party_id if order is None else order.party_id,
            entity_id=entity.id if order is None else order.entity_id,
            channel_id=None if order is None else order.channel_id,
            currency=entity.currency if order is None else order.currency,
            location_id=parcel.location_id,
            source="warehouse",
            status=RECEIVING,
            resolution="credit",
            note=parcel.comment,
            ship_from=None if order is None else order.ship_to,
            requested_at=work.now,
            requested_by=work.actor.principal.name,
            decided_at=work.now,
        )
        .returning(*ReturnRequest.__table__.c)
    )
    return rows[0]


async def _entity(work: Work, location_id: int) -> Row[Any]:
    row = await work.row(
        select(LegalEntity.id, LegalEntity.currency)
        .join(
            Location,
            (Location.tenant_id == LegalEntity.tenant_id) & (Location.entity_id == LegalEntity.id),
        )
        .where(Location.tenant_id == work.tenant_id, Location.id == location_id)
    )
    assert row is not None
    return row
