"""What entities of a group hold of each other, and what of the group is not the parent's. Pure.

Amounts are minor units, debits positive."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.finance.consolidation.policies.accounts import (
    COST,
    GOODWILL,
    INVENTORY,
    MINORITY,
    MINORITY_RESULT,
    RESULT_KINDS,
    RETAINED,
    TRANSLATION,
)
from domain.finance.consolidation.policies.eliminating import (
    ADJUSTMENT,
    INVESTMENTS,
    MINORITIES,
    PROFIT,
    Between,
    Effect,
    Elimination,
    Line,
)
from domain.finance.consolidation.policies.translation import (
    AVERAGE,
    Cell,
    Rates,
    Span,
    in_group,
)

ZERO, WHOLE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrealised:
    """What an entity (None: nobody knows which) earned on goods that are in another one's stock: at
    the end, and before the period began, in the owner's currency."""

    seller_id: int | None
    owner_id: int
    currency: str
    closing_minor: int
    opening_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A line of an adjustment: on which account of which kind, for whose net assets, and whether
    it is of before the period."""

    account: str
    kind: str
    amount_minor: int
    entity_id: int | None
    is_earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An entity's cells with the kinds of their lines, and what of it is not the parent's (0 to
    1): now, and in each stretch of the period in which it earned anything."""

    entity_id: int
    cells: Sequence[Cell]
    kinds: Mapping[str, str]
    minority: Decimal
    minority_in: Mapping[object, Decimal]


def whole(amount: Decimal) -> int:
    """A part of an amount in whole minor units, half away from zero."""
    return int(amount.to_integral_value(rounding=ROUND_HALF_UP))


def profit_in_stock(found: Unrealised, span: Span, rates: Rates) -> Elimination:
    """The seller's profit leaves the stock; the result bears by how much it became more, and what
    was there before is not among the earnings retained."""
    currency = found.currency
    closing = in_group(found.closing_minor, currency, rates.on(currency, span.as_of), rates)
    opening = 0
    if found.opening_minor:
        rate = rates.on(currency, span.opening_on)
        opening = in_group(found.opening_minor, currency, rate, rates)
    more = found.closing_minor - found.opening_minor
    earned = in_group(more, currency, rates.mean(currency, span.from_on, span.as_of), rates)
    lines = (
        Line(INVENTORY, -closing, "closing", found.owner_id, -found.closing_minor, currency),
        Line(COST, earned, "change", found.seller_id, more, currency),
        Line(RETAINED, opening, "brought_forward", found.seller_id, found.opening_minor, currency),
        Line(TRANSLATION, closing - opening - earned, "rates_changed", found.seller_id),
    )
    return Elimination(
        kind=PROFIT,
        lines=tuple(line for line in lines if line.amount_minor),
        entity_id=found.seller_id,
        affiliate_id=found.owner_id,
        effects=()
        if found.seller_id is None
        else (Effect(found.seller_id, -earned, earned - closing),),
    )


def investment(
    held: Sequence[Between], cells: Sequence[Cell], part: Decimal, span: Span, rates: Rates
) -> Elimination:
    """What an owner paid for its part (0 to 1) of an entity is set against that part of what the
    entity had when it joined and of the capital paid in since. What was paid more is goodwill,
    what was paid less was earned by buying."""
    owner, entity = held[0].entity_id, held[0].affiliate_id
    rows = []
    for each in held:
        rate = rates.on(each.own_currency, span.as_of)
        paid = in_group(each.own_minor, each.own_currency, rate, rates)
        own = (owner, -each.own_minor, each.own_currency)
        rows.append(Line(each.account, -paid, "invested", *own))
    paid = -sum(line.amount_minor for line in rows)
    for cell in cells:
        amount = -whole(cell.acquired_minor * part)
        rows.append(Line(cell.account, amount, "acquired", entity))
    rest = -sum(line.amount_minor for line in rows)
    named = (GOODWILL, "goodwill") if rest > 0 else (RETAINED, "bought_cheaply")
    rows.append(Line(named[0], rest, named[1], owner))
    return Elimination(
        kind=INVESTMENTS,
        lines=tuple(line for line in rows if line.amount_minor),
        entity_id=owner,
        affiliate_id=entity,
        effects=(Effect(owner, 0, max(rest, 0) - paid),),
    )


def adjustment(adjustment_id: int, entered: Sequence[Entered], parent_id: int) -> Elimination:
    """What somebody entered; income and expense of before the period are retained by now."""
    lines, effects = [], []
    for each in entered:
        is_result = each.kind in RESULT_KINDS
        account = RETAINED if is_result and each.is_earlier else each.account
        lines.append(Line(account, each.amount_minor, "entered", each.entity_id))
        entity_id = parent_id if each.entity_id is None else each.entity_id
        if is_result and not each.is_earlier:
            effects.append(Effect(entity_id, -each.amount_minor, 0))
        elif is_result or each.kind == "equity":
            effects.append(Effect(entity_id, 0, -each.amount_minor))
    return Elimination(
        kind=ADJUSTMENT, lines=tuple(lines), effects=tuple(effects), adjustment_id=adjustment_id
    )


def result_of(member: Member) -> int:
    """What an entity earned in the period, in the group's currency (a profit above zero)."""
    return -sum(c.group_minor for c in member.cells if member.kinds[c.account] in RESULT_KINDS)


def minorities(member: Member, effects: Collection[Effect]) -> Elimination | None:
    """What of an entity's net assets and result is not the parent's, after what eliminations
    changed in them; None where there is no minority."""
    mine = [each for each in effects if each.entity_id == member.entity_id]
    net_assets = -sum(
        cell.group_minor
        for cell in member.cells
        if member.kinds[cell.account] in RESULT_KINDS or member.kinds[cell.account] == "equity"
    )
    net_assets += sum(each.result_minor + each.equity_minor for each in mine)
    theirs = whole(member.minority * net_assets)
    earned = _earned(member) + member.minority * sum(each.result_minor for each in mine)
    result = whole(earned)
    if not theirs and not result:
        return None
    equity = [
        Line(cell.account, -whole(member.minority * cell.group_minor), "minority", member.entity_id)
        for cell in member.cells
        if member.kinds[cell.account] == "equity" and cell.account != RETAINED
    ]
    rest = theirs - result - sum(line.amount_minor for line in equity)
    lines = (
        Line(MINORITY_RESULT, result, "minority", member.entity_id),
        *equity,
        Line(RETAINED, rest, "minority", member.entity_id),
        Line(MINORITY, -theirs, "minority", member.entity_id),
    )
    return Elimination(
        kind=MINORITIES,
        lines=tuple(line for line in lines if line.amount_minor),
        entity_id=member.entity_id,
    )


def _earned(member: Member) -> Decimal:
    """The minority's part of the result, stretch by stretch."""
    parts = ZERO
    for cell in member.cells:
        if member.kinds[cell.account] not in RESULT_KINDS:
            continue
        for piece in cell.pieces:
            share = member.minority_in.get(piece.since, member.minority)
            parts -= share * piece.group_minor if piece.basis == AVERAGE else ZERO
    return parts
