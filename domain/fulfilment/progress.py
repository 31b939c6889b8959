"""The work of one location on one order: locked, and moved on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.fulfilment.models import QUANTITY, FulfilmentLine, FulfilmentOrder
from domain.fulfilment.outcomes import NotThatMuch
from domain.fulfilment.policy import Handshake, WorkLine, actions, work_status
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, StaleVersion
from domain.kernel.quantity import LARGEST, plain
from domain.kernel.work import Work
from domain.orders.locking import lock_order

PARTS = ("quantity", "picked", "packed", "shipped")


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """A quantity (base units) of a line of a fulfilment order.

    Where it matters: the lot that was taken (None: as allocated), and the serial numbers."""

    line_id: int
    quantity: Decimal
    lot: str | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocationWork:
    """A fulfilment order with its order and lines, all locked."""

    order: Row[Any]
    fulfilment: Row[Any]
    lines: dict[int, Row[Any]]

    @property
    def progress(self) -> dict[int, WorkLine]:
        """How far each line is, by line id."""
        return {line_id: progress_of(line) for line_id, line in self.lines.items()}

    def refuse(self, message: str) -> InvalidState:
        """The outcome of an action that the state does not allow."""
        state = self.fulfilment.status
        allowed = actions(
            status=state,
            lines=list(self.progress.values()),
            permitted=lambda _: True,
            handshake=self.handshake,
        )
        return InvalidState(message, state=state, allowed=allowed)

    @property
    def handshake(self) -> Handshake:
        """What the location was asked and answered."""
        return Handshake(self.fulfilment.acceptance, self.fulfilment.cancellation)

    def require_open(self, message: str, *, todo: bool = True) -> None:
        """Raise InvalidState: while the location has not accepted what it was asked to do; with
        `message` when the work is over or there is nothing `todo`."""
        if not self.handshake.may_work:
            raise self.refuse("The location has not accepted the work yet.")
        if self.fulfilment.status in ("cancelled", "shipped") or not todo:
            raise self.refuse(message)


def progress_of(line: Row[Any]) -> WorkLine:
    """A row of fulfilment_line as the policy sees it."""
    return WorkLine(line.quantity, line.picked, line.packed, line.shipped)


async def lock_work(
    work: Work, fulfilment_order_id: int, *, expected_version: int | None = None
) -> LocationWork:
    """Lock the order, then the fulfilment order; the work goes on with the house's eyes, for a
    warehouse does not see the order that it works for. Raises NotFound, StaleVersion."""
    mine = (FulfilmentOrder.tenant_id == work.tenant_id, FulfilmentOrder.id == fulfilment_order_id)
    order_id = await work.value(select(FulfilmentOrder.order_id).where(*mine))
    if order_id is None:
        raise NotFound("fulfilment order")
    await work.see_as_house()
    order = await lock_order(work, order_id)
    fulfilment = await work.row(select(*FulfilmentOrder.__table__.c).where(*mine).with_for_update())
    if fulfilment is None:
        raise NotFound("fulfilment order")
    if expected_version is not None and fulfilment.version != expected_version:
        message = "The fulfilment order changed since you read it; read it again."
        raise StaleVersion(message, expected=expected_version, actual=fulfilment.version)
    lines = await work.rows(
        select(*FulfilmentLine.__table__.c)
        .where(
            FulfilmentLine.tenant_id == work.tenant_id,
            FulfilmentLine.fulfilment_order_id == fulfilment_order_id,
        )
        .order_by(FulfilmentLine.id)
    )
    return LocationWork(order, fulfilment, {line.id: line for line in lines})


def sound_quantities(
    location_work: LocationWork, given: Sequence[LineQuantity], *, path: str = "lines"
) -> dict[int, Decimal]:
    """The quantities by line id, several of one line together. Raises InvalidInput, NotFound."""
    quantities: dict[int, Decimal] = {}
    for place, each in enumerate(given):
        if each.line_id not in location_work.lines:
            raise NotFound("fulfilment line")
        if not each.quantity.is_finite() or not 0 < each.quantity <= LARGEST:
            raise InvalidInput("Must be above 0.", path=(path, place, "quantity"))
        quantities[each.line_id] = quantities.get(each.line_id, Decimal(0)) + each.quantity
    return quantities


def require_enough(
    after: WorkLine | None, *, requested: Decimal, available: Decimal, path: tuple[str | int, ...]
) -> WorkLine:
    """The line after the step. Raises NotThatMuch when the step asked for too much."""
    if after is None:
        raise NotThatMuch(
            f"{plain(requested)} told, {plain(available)} to be had.",
            path=path,
            requested=plain(requested),
            available=plain(available),
        )
    return after


async def write_progress(
    work: Work, location_work: LocationWork, after: Mapping[int, WorkLine]
) -> str:
    """Write how far the given lines are now; returns the fulfilment order's status then."""
    columns = [literal([getattr(a, p) for a in after.values()], ARRAY(QUANTITY)) for p in PARTS]
    told = (
        func.unnest(literal(list(after), ARRAY(BigInteger)), *columns)
        .table_valued(column("line_id", BigInteger), *(column(p, QUANTITY) for p in PARTS))
        .render_derived(name="told")
    )
    await work.execute(
        update(FulfilmentLine)
        .where(FulfilmentLine.tenant_id == work.tenant_id, FulfilmentLine.id == told.c.line_id)
        .values({part: told.c[part] for part in PARTS})
    )
    before = location_work.progress
    status = work_status(list((before | dict(after)).values()))
    leaves = any(line.shipped > before[line_id].shipped for line_id, line in after.items())
    # What has left cannot be called off: that answers the question.
    refuses = leaves and location_work.handshake.cancellation == "requested"
    answers = {"cancellation": "refused"} if refuses else {}
    await write_status(work, location_work, status, **answers)
    return status


async def write_status(
    work: Work, location_work: LocationWork, status: str, **answers: Any
) -> None:
    """Write the fulfilment order's status, and what the location answered; raise its version."""
    await work.execute(
        update(FulfilmentOrder)
        .where(
            FulfilmentOrder.tenant_id == work.tenant_id,
            FulfilmentOrder.id == location_work.fulfilment.id,
        )
        .values(status=status, version=FulfilmentOrder.version + 1, **answers)
    )


def note(work: Work, action: str, location_work: LocationWork, status: str, **after: Any) -> None:
    """The audit entry of a step."""
    work.audit(
        action,
        subject="fulfilment_order",
        subject_id=location_work.fulfilment.id,
        before={"status": location_work.fulfilment.status},
        after={"status": status} | after,
    )
