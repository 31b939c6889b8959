"""What was read for a consolidation, and whom each amount of it stands between."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Row

from domain.finance.consolidation.policies import eliminating
from domain.finance.consolidation.policies.accounts import key_of
from domain.finance.consolidation.policies.capital import Unrealised
from domain.finance.consolidation.policies.eliminating import Between
from domain.finance.consolidation.rates import RateBook
from domain.finance.consolidation.scope import Scope

Pair = tuple[int, int]


class Found(NamedTuple):
    """What was read of a group."""

    scope: Scope
    balances: Sequence[Row[Any]]
    traded: Sequence[Row[Any]]
    revalued: Sequence[Row[Any]]
    marked: Sequence[Row[Any]]
    in_stock: Sequence[Unrealised]
    adjusted: Sequence[Row[Any]]
    rates: RateBook


def due(found: Found) -> Mapping[Pair, list[Between]]:
    """What two entities owe each other, with what it was revalued by."""
    scope = found.scope
    rows = [row for row in found.traded if row.is_due]
    sums = [_between(found, row, _other(row)) for row in rows]
    sums += _revaluations(found, sums)
    inside = [each for each in sums if each.affiliate_id in scope.shares]
    return eliminating.grouped([*inside, *marked(found)["balance"]], directed=False)


def sold(found: Found) -> Mapping[Pair, list[Between]]:
    """What one entity sold another while both belonged to the group."""
    sold: dict[Pair, list[Between]] = defaultdict(list)
    for row in found.traded:
        each = _between(found, row, _other(row))
        if not row.is_due and _both_inside(found.scope, each):
            sold[row.creditor_id, row.debtor_id].append(each)
    return sold


def marked(found: Found) -> Mapping[str, list[Between]]:
    """What stands on accounts that are with an affiliate, by what it is."""
    marks: dict[str, list[Between]] = defaultdict(list)
    for row in found.marked:
        each = _between(found, row, row.affiliate_id)
        if _both_inside(found.scope, each):
            marks[row.mark].append(each)
    return marks


def _other(row: Row[Any]) -> int:
    """The affiliate of a row of trade."""
    other: int = row.debtor_id if row.entity_id == row.creditor_id else row.creditor_id
    return other


def _between(found: Found, row: Row[Any], affiliate_id: int) -> Between:
    scope = found.scope
    joined = [scope.joined.get(each) for each in (row.entity_id, affiliate_id)]
    # Before one of them came, there was nothing between them for the group.
    opens = all(day is None or day <= scope.span.opening_on for day in joined)
    return Between(
        entity_id=row.entity_id,
        affiliate_id=affiliate_id,
        account=key_of(row.role, row.kind, row.code),
        currency=row.currency,
        own_currency=scope.currencies[row.entity_id],
        amount_minor=row.amount_minor,
        own_minor=row.own_minor,
        opening_amount_minor=row.opening_amount_minor if opens else 0,
        opening_own_minor=row.opening_own_minor if opens else 0,
        since=row.since,
        corrects=getattr(row, "corrects", False),
    )


def _both_inside(scope: Scope, each: Between) -> bool:
    if each.affiliate_id not in scope.shares:
        return False
    days = [scope.joined[one] for one in (each.entity_id, each.affiliate_id)]
    return each.since is None or all(day is None or day <= each.since for day in days)


def _revaluations(found: Found, sums: Sequence[Between]) -> list[Between]:
    """What was revalued of an account, by affiliate as far as each has a part in it."""
    by: dict[tuple[int, str, str], list[Between]] = defaultdict(list)
    for each in sums:
        by[each.entity_id, each.account, each.currency].append(each)
    parts = []
    for row in found.revalued:
        known = by[row.entity_id, key_of(row.role, row.kind, row.code), row.currency]
        now = eliminating.spread(row.own_minor, [each.amount_minor for each in known])
        before = eliminating.spread(
            row.opening_own_minor, [each.opening_amount_minor for each in known]
        )
        parts += [
            each.revalued(own, old) for each, own, old in zip(known, now, before, strict=True)
        ]
    return parts
