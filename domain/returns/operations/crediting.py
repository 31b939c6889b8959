"""Money is granted for goods that came back, or may be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.returns.crediting import grant_credits
from domain.returns.outcomes import NothingCreditable
from domain.returns.policies.states import MONEY, OPEN, LineState
from domain.returns.reckoning import Granted
from domain.returns.rows import line_state, lines_of, lock_return, note, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCredit:
    """So much of a line (base units; all that may be, if absent) is to be credited; `fee_minor` in
    place of the policy's fee."""

    line_number: int
    quantity: Decimal | None = None
    fee_minor: int | None = None


@operation("returns.credit")
async def credit_return(
    work: Work,
    *,
    return_id: int,
    reason: str,
    lines: Sequence[WantedCredit] | None = None,
    in_advance: bool = False,
) -> list[int]:
    """Grant money for what came and was accepted, less the fee: a credit for each order; their ids.

    `in_advance`: for what is still to come as well. What is granted never exceeds what was billed,
    over all returns of an order. A return that asks for a refund is paid out by finance. Raises
    NotFound, InvalidState, InvalidInput, NothingCreditable, CreditedTooMuch."""
    reason = text.name(reason, path=("reason",))
    row = await lock_return(work, return_id, allowed=OPEN)
    if row.resolution not in MONEY:
        message = "This return earns other goods, no money."
        raise NothingCreditable(message, return_id=return_id)
    granted = _granted(await lines_of(work, return_id), lines, in_advance=in_advance)
    if not granted:
        raise NothingCreditable("Nothing of it can be credited now.", return_id=return_id)
    ids = await grant_credits(work, row, granted, reason=reason)
    status = await settle(work, row)
    note(work, "credit_return", row, status=status, told={"credits": ids}, reason=reason)
    return ids


def _granted(
    lines: Sequence[Row[Any]], wanted: Sequence[WantedCredit] | None, *, in_advance: bool
) -> list[Granted]:
    if wanted is None:
        most = {line.id: _most(line_state(line), in_advance=in_advance) for line in lines}
        return [Granted(line_id, quantity) for line_id, quantity in most.items() if quantity]
    by_number = {line.line_number: line for line in lines}
    if len({each.line_number for each in wanted}) != len(wanted):
        raise InvalidInput("A line stands here twice.", path=("lines",))
    return [
        _one(place, each, by_number, in_advance=in_advance) for place, each in enumerate(wanted)
    ]


def _one(
    place: int, each: WantedCredit, by_number: dict[int, Row[Any]], *, in_advance: bool
) -> Granted:
    path = ("lines", place)
    line = by_number.get(each.line_number)
    if line is None:
        raise InvalidInput(
            f"The return has no line {each.line_number}.", path=(*path, "line_number")
        )
    most = _most(line_state(line), in_advance=in_advance)
    quantity = most if each.quantity is None else each.quantity
    if not quantity.is_finite() or not 0 < quantity <= most:
        raise InvalidInput(
            f"Of line {each.line_number} {plain(most)} can be credited now.",
            path=(*path, "quantity"),
        )
    if each.fee_minor is not None and each.fee_minor < 0:
        raise InvalidInput("A fee is not negative.", path=(*path, "fee"))
    return Granted(line.id, quantity, fee_minor=each.fee_minor)


def _most(state: LineState, *, in_advance: bool) -> Decimal:
    if not in_advance or not state.is_live or not state.earns:
        return state.creditable
    return state.quantity - state.given_up - state.credited
