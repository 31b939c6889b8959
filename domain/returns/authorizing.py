"""A return is let: goods may be sent, or kept; what may be sent gets an authorisation (RMA)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.approvals.subjects import Request, approvable
from domain.catalog.gtin import check_digit
from domain.entities.models import Location
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.returns.claims import claim, lock_sales
from domain.returns.crediting import grant_credits
from domain.returns.events import ReplacementDue, ReturnAuthorized, ReturnRefused
from domain.returns.models import ReturnAuthorization, ReturnPolicy, ReturnReplacement
from domain.returns.policies.documents import rule_of
from domain.returns.policies.rules import STANDARD_VALID_DAYS, Rule
from domain.returns.policies.states import MONEY, REFUSED, WAITING
from domain.returns.reckoning import Granted
from domain.returns.rows import (
    change_lines,
    change_return,
    lines_of,
    lock_return,
    note,
    order_ids_of,
    settle,
)

SUBJECT = "return_request"
ADDRESS = ("line1", "line2", "city", "region", "postal_code", "country")


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms goods may be sent: until when, by whom, and to where if the policy says."""

    valid_days: int = STANDARD_VALID_DAYS
    carrier: str | None = None
    service: str | None = None
    location_id: int | None = None


def terms_of(rules: Sequence[Rule]) -> Terms:
    """The terms of the rules that decided: the shortest time, and the first that names the rest."""
    return Terms(
        min((rule.valid_days for rule in rules), default=STANDARD_VALID_DAYS),
        next((rule.carrier for rule in rules if rule.carrier), None),
        next((rule.service for rule in rules if rule.service), None),
        next((rule.location_id for rule in rules if rule.location_id), None),
    )


async def authorize(work: Work, row: Row[Any], *, credits_kept: bool = True) -> None:
    """Let what waits of a locked return, whose orders are locked: its lines say already whether
    they are to be sent or kept. What is kept is credited at once, unless another has paid it."""
    lines = [line for line in await lines_of(work, row.id) if line.status != "refused"]
    sent = [line for line in lines if line.status == "authorized"]
    if sent:
        await _authorize(work, row, await _terms(work, row, sent))
    kept = [Granted(line.id, line.quantity) for line in lines if line.status == "kept"]
    await change_return(work, row.id, status="approved", decided_at=work.now)
    if kept and credits_kept and row.resolution in MONEY:
        await grant_credits(work, row, kept, reason="kept by the customer")
    if row.replaces == "advance":
        await make_replacements_due(work, row.id)
    await settle(work, await _again(work, row))


async def make_replacements_due(work: Work, return_id: int) -> None:
    """The other goods of a return are to be ordered now, by the workers."""
    due = await work.rows(
        update(ReturnReplacement)
        .where(
            ReturnReplacement.tenant_id == work.tenant_id,
            ReturnReplacement.return_id == return_id,
            ReturnReplacement.status == "requested",
        )
        .values(status="due", version=ReturnReplacement.version + 1)
        .returning(ReturnReplacement.id, ReturnReplacement.kind)
    )
    for each in due:
        work.record(ReplacementDue(aggregate_id=each.id, return_id=return_id, kind=each.kind))


async def release(work: Work, lines: Sequence[Any], *, status: str) -> None:
    """What of lines has not come will not: it may be asked back again. Their orders are locked."""
    changes: dict[int, Mapping[str, Any]] = {}
    freed = []
    sales = await lock_sales(work, order_ids_of(lines))
    for line in lines:
        # What is credited without having come stays claimed: nobody gets money for it again.
        left = line.quantity - max(line.received, line.credited) - line.given_up
        if left <= 0 or line.status in ("refused", "cancelled"):
            continue
        ended = status if not line.received and not line.credited else line.status
        changes[line.id] = {"given_up": line.given_up + left, "status": ended}
        if line.order_line_id is not None:
            freed.append((line.order_line_id, -left))
    await change_lines(work, changes)
    await claim(work, sales, freed)


async def _drop(work: Work, requests: Sequence[Request], status: str) -> None:
    """What nobody approved is refused."""
    ids = sorted(request.subject_id for request in requests)
    # All returns before the first order: two that drop some at once must not cross.
    for row in [await lock_return(work, return_id) for return_id in ids]:
        if row.status != WAITING:
            continue
        await release(work, await lines_of(work, row.id), status="refused")
        await refuse(work, row, reason=status)


async def refuse(work: Work, row: Row[Any], *, reason: str) -> None:
    """Nothing of a return is let."""
    await change_return(
        work, row.id, status=REFUSED, decided_at=work.now, ended_at=work.now, end_reason=reason
    )
    work.record(ReturnRefused(aggregate_id=row.id, number=row.number, reason=reason))
    note(work, "refuse_return", row, status=REFUSED, reason=reason)


@approvable(SUBJECT, title="Returns", permission="returns.approve", dropped=_drop)
async def approve_return(work: Work, request: Request) -> None:
    """Let a return that waits. Raises InvalidState when it waits no more."""
    row = await lock_return(work, request.subject_id)
    if row.status != WAITING:
        raise InvalidState(f"{row.number} waits no more.", state=row.status, allowed=[])
    lines = await lines_of(work, row.id)
    await lock_sales(work, order_ids_of(lines))
    waiting = [line for line in lines if line.status == "waiting"]
    kept = set(request.details.get("kept", []))
    await change_lines(
        work,
        {
            line.id: {"status": "kept" if line.line_number in kept else "authorized"}
            for line in waiting
        },
    )
    await authorize(work, row)
    note(work, "approve_return", row, status="approved", reason=request.reason)


async def find_place(reader: Reader, location_id: int) -> Row[Any]:
    """The location that goods are to be sent to. Raises NotFound."""
    row = await reader.row(
        select(*Location.__table__.c).where(
            Location.tenant_id == reader.tenant_id, Location.id == location_id
        )
    )
    if row is None or row.status == "closed":
        raise NotFound("location")
    return row


async def _terms(work: Work, row: Row[Any], lines: Collection[Any]) -> Terms:
    """By the rules that decided, in the version that they were decided by."""
    if row.policy_id is None:
        return Terms()
    rules = await work.value(
        select(ReturnPolicy.rules).where(
            ReturnPolicy.tenant_id == work.tenant_id, ReturnPolicy.id == row.policy_id
        )
    )
    named = {line.rule for line in lines}
    return terms_of([rule_of(rule) for rule in rules or () if rule["name"] in named])


async def _authorize(work: Work, row: Row[Any], terms: Terms) -> None:
    if row.location_id is None:
        raise InvalidInput("Say where the goods are to come.", path=("location_id",))
    place = await find_place(work, row.location_id)
    number = (await draw_numbers(work, return_authorization=1))["return_authorization"][0]
    expires_on = work.now.date() + timedelta(days=terms.valid_days)
    await work.execute(
        insert(ReturnAuthorization).values(
            tenant_id=work.tenant_id,
            number=number,
            return_id=row.id,
            location_id=place.id,
            barcode=barcode_of(number),
            carrier=terms.carrier,
            service=terms.service,
            ship_from=row.ship_from,
            ship_to={"name": place.address_name or place.name, "code": place.code}
            | {name: getattr(place, name) for name in ADDRESS},
            expires_on=expires_on,
            created_at=work.now,
        )
    )
    work.record(
        ReturnAuthorized(
            aggregate_id=row.id,
            number=row.number,
            authorization=number,
            location_id=place.id,
            expires_on=expires_on.isoformat(),
        )
    )


def barcode_of(number: str) -> str:
    """What is printed as a barcode: twelve digits of the number, and GS1's check digit."""
    digits = f"{int(number.rsplit('-', 1)[1]):012d}"
    return f"{digits}{check_digit(digits)}"


async def _again(work: Work, row: Row[Any]) -> Row[Any]:
    return await lock_return(work, row.id)
