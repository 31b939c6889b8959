"""The consolidated trial balance of a group: what the books say, put together by the policies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from domain.finance.consolidation import reading
from domain.finance.consolidation.found import Found, Pair, due, marked, sold
from domain.finance.consolidation.policies import capital, eliminating
from domain.finance.consolidation.policies.accounts import GroupAccount, chart_of, key_of
from domain.finance.consolidation.policies.eliminating import Elimination, Line
from domain.finance.consolidation.policies.ownership import HUNDRED, holdings_on
from domain.finance.consolidation.policies.sheet import Column, Sheet, lines_of
from domain.finance.consolidation.policies.translation import Books, Cell, Moved, translated
from domain.finance.consolidation.rates import RateBook, currencies_of, read_rates
from domain.finance.consolidation.scope import Scope, scope_of
from domain.finance.consolidation.stock_profit import in_stock
from domain.kernel.reading import Reader
from domain.ledger.charts.templates import chart


async def consolidated(
    reader: Reader, *, group_id: int, as_of: date, from_on: date | None = None
) -> Sheet:
    """The consolidated trial balance of a group at the end of a day, with the result from a day on
    (absent: of the fiscal year by then). Twelve statements at most, whatever there is.

    Raises NotFound, InvalidInput, ExchangeRateMissing."""
    scope = await scope_of(reader, group_id=group_id, as_of=as_of, from_on=from_on)
    trade, marks = await reading.traded(reader, scope), await reading.marked(reader, scope)
    currencies = currencies_of(
        scope.currencies,
        (row.currency for row in (*trade, *marks)),
        (scope.group.currency,),
    )
    rates = RateBook(
        scope.group.currency,
        as_of=as_of,
        periods=scope.periods,
        given=await read_rates(reader, currencies, until=as_of),
    )
    return sheet_of(
        Found(
            scope,
            await reading.balances_of(reader, scope),
            trade,
            await reading.revalued(reader, scope) if trade else (),
            marks,
            await in_stock(reader, scope),
            await reading.adjusted(reader, scope),
            rates,
        )
    )


def sheet_of(found: Found) -> Sheet:
    """The sheet of what was read."""
    scope, rates = found.scope, found.rates
    lines = _chart(found)
    cells = _cells(found)
    eliminations = [*_eliminations(found, cells, lines)]
    effects = [effect for each in eliminations for effect in each.effects]
    kinds = {key: account.kind for key, account in lines.items()}
    for entity_id in scope.entity_ids[1:]:
        theirs = capital.minorities(_member(scope, entity_id, cells[entity_id], kinds), effects)
        eliminations += [] if theirs is None else [theirs]
    every = [cell for entity_id in scope.entity_ids for cell in cells[entity_id]]
    return Sheet(
        group_id=scope.group.id,
        currency=scope.group.currency,
        span=scope.span,
        columns=[
            Column(
                entity_id=each,
                currency=scope.currencies[each],
                closing_rate=rates.on(scope.currencies[each], scope.span.as_of)
                if cells[each]
                else None,
                share=scope.shares[each],
            )
            for each in scope.entity_ids
        ],
        lines=lines_of(lines, every, eliminations),
        eliminations=eliminations,
    )


def _chart(found: Found) -> Mapping[str, GroupAccount]:
    """The names of lines: by the parent's template, its own accounts before those of others."""
    group = found.scope.group
    standard = (
        GroupAccount(each.role, each.kind, each.code, each.name) for each in chart(group.template)
    )
    rows = sorted(found.balances, key=lambda row: (row.entity_id != group.parent_id, row.entity_id))
    own = (
        GroupAccount(key_of(row.role, row.kind, row.code), row.kind, row.code, row.name)
        for row in rows
    )
    entered = (
        GroupAccount(row.account, *_told(row.account), name="")
        for row in found.adjusted
        if ":" in row.account
    )
    return chart_of(standard, (*own, *entered))


def _told(key: str) -> tuple[str, str]:
    kind, _, code = key.partition(":")
    return kind, code


def _cells(found: Found) -> dict[int, list[Cell]]:
    scope = found.scope
    moved: dict[int, list[Moved]] = defaultdict(list)
    for row in found.balances:
        moved[row.entity_id].append(
            Moved(
                entity_id=row.entity_id,
                account=key_of(row.role, row.kind, row.code),
                kind=row.kind,
                amount_minor=row.own_minor,
                since=row.since,
            )
        )
    return {
        each: translated(
            Books(
                entity_id=each,
                currency=scope.currencies[each],
                joined_on=scope.joined[each],
            ),
            moved[each],
            scope.span,
            found.rates,
        )
        for each in scope.entity_ids
    }


def _member(
    scope: Scope, entity_id: int, cells: Sequence[Cell], kinds: Mapping[str, str]
) -> capital.Member:
    stretches = [day for day in scope.starts if day >= scope.span.from_on]
    return capital.Member(
        entity_id=entity_id,
        cells=cells,
        kinds=kinds,
        minority=1 - scope.shares[entity_id],
        minority_in={day: scope.minority(entity_id, day) for day in stretches},
    )


def _eliminations(
    found: Found, cells: Mapping[int, Sequence[Cell]], lines: Mapping[str, GroupAccount]
) -> Iterable[Elimination]:
    scope, span, rates = found.scope, found.scope.span, found.rates
    for pair, sums in sorted(due(found).items()):
        yield from _made(eliminating.BALANCES, pair, eliminating.balances(sums, span, rates))
    for pair, sums in sorted(sold(found).items()):
        yield from _made(eliminating.SALES, pair, eliminating.sales(sums, rates))
    marks = marked(found)
    for pair, sums in sorted(eliminating.grouped(marks["trade"], directed=False).items()):
        yield from _made(eliminating.TRADE, pair, eliminating.trade(sums, rates))
    for each in found.in_stock:
        yield capital.profit_in_stock(each, span, rates)
    for _, sums in sorted(eliminating.grouped(marks["dividend"], directed=True).items()):
        yield eliminating.dividends(sums, rates)
    held = holdings_on(scope.holdings, span.as_of)
    for pair, sums in sorted(eliminating.grouped(marks["investment"], directed=True).items()):
        part = held.get(pair, Decimal(0)) / HUNDRED
        yield capital.investment(sums, cells[pair[1]], part, span, rates)
    yield from _entered(found, lines)


def _made(kind: str, pair: Pair, lines: Sequence[Line]) -> Iterable[Elimination]:
    whole = eliminating.merged(lines)
    if whole:
        entity_id, affiliate_id = pair
        yield Elimination(kind=kind, lines=whole, entity_id=entity_id, affiliate_id=affiliate_id)


def _entered(found: Found, lines: Mapping[str, GroupAccount]) -> Iterable[Elimination]:
    scope = found.scope
    entered: dict[int, list[capital.Entered]] = defaultdict(list)
    for row in found.adjusted:
        entered[row.adjustment_id].append(
            capital.Entered(
                account=row.account,
                kind=lines[row.account].kind,
                amount_minor=row.amount_minor,
                entity_id=row.entity_id,
                is_earlier=row.posted_on < scope.span.from_on,
            )
        )
    for adjustment_id, rows in entered.items():
        yield capital.adjustment(adjustment_id, rows, scope.group.parent_id)
