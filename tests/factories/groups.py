"""Groups of entities: rates, books and sheets for their consolidation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from domain.finance.consolidation.consolidating import sheet_of
from domain.finance.consolidation.found import Found
from domain.finance.consolidation.policies.accounts import RESULT_KINDS
from domain.finance.consolidation.policies.ownership import Holding, joined_on, shares_on
from domain.finance.consolidation.policies.sheet import Sheet
from domain.finance.consolidation.policies.translation import Span
from domain.finance.consolidation.scope import Scope
from domain.finance.operations.consolidation import (
    create_consolidation_group,
    set_group_holding,
)
from domain.finance.queries.consolidation import consolidated_trial_balance
from domain.ledger.charts.templates import ROLES
from domain.ledger.fiscal_calendar import Calendar, periods_of
from tests.factories.tenants import TenantUnderTest

SPAN = Span(date(2026, 1, 1), date(2026, 12, 31), date(2025, 12, 31))
PARENT = 1


@dataclass(frozen=True)
class GivenRates:
    """Rates by currency: at the end, on average, and before (of equity and the opening)."""

    currency: str = "USD"
    closing: Mapping[str, str] = field(default_factory=dict)
    averages: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    def on(self, currency: str, day: date) -> Decimal:
        """The closing rate on the last day, the one of before on any other."""
        return self._of(self.closing if day == SPAN.as_of else self.before, currency)

    def average(self, currency: str, day: date) -> Decimal:
        """The average, and of years before the rate of then."""
        return self._of(self.averages if day >= SPAN.from_on else self.before, currency)

    def mean(self, currency: str, since: date, until: date) -> Decimal:
        """The average."""
        return self._of(self.averages, currency)

    def _of(self, rates: Mapping[str, str], currency: str) -> Decimal:
        return Decimal(1) if currency == self.currency else Decimal(rates[currency])


@dataclass
class Paper:
    """Books of a group on paper: what its entities' accounts say, without any database."""

    currencies: dict[int, str]
    holdings: list[Holding] = field(default_factory=list)
    rates: Any = field(default_factory=GivenRates)
    balances: list[Any] = field(default_factory=list)
    traded: list[Any] = field(default_factory=list)
    revalued: list[Any] = field(default_factory=list)
    marked: list[Any] = field(default_factory=list)
    in_stock: list[Any] = field(default_factory=list)
    adjusted: list[Any] = field(default_factory=list)

    def hold(self, entity_id: int, percent: int, *, since: date, owner_id: int = PARENT) -> None:
        """Somebody holds so much of an entity from a day on."""
        self.holdings.append(Holding(owner_id, entity_id, Decimal(percent), since))

    def book(self, entity_id: int, *, since: date = SPAN.from_on, **roles: int) -> None:
        """What stands on accounts by role, debits positive; it balances. Income, expense and equity
        are of the day `since`."""
        assert not sum(roles.values())
        for role, amount in roles.items():
            kind = ROLES[role]
            dated = kind in RESULT_KINDS or kind == "equity"
            self.balances.append(
                _row(
                    entity_id=entity_id,
                    role=role,
                    kind=kind,
                    own_minor=amount,
                    since=since if dated else None,
                )
            )

    def trade(
        self, seller: int, buyer: int, entity_id: int, role: str, own: int, **said: Any
    ) -> None:
        """What trade put to an account of one of the two."""
        kind = ROLES[role]
        self.traded.append(
            _row(
                **_pair(self, entity_id, role, own, said),
                kind=kind,
                creditor_id=seller,
                debtor_id=buyer,
                is_due=kind not in RESULT_KINDS,
            )
        )

    def mark(
        self, entity_id: int, affiliate_id: int, mark: str, role: str, own: int, **said: Any
    ) -> None:
        """What stands on an account that is with an affiliate."""
        self.marked.append(
            _row(
                **_pair(self, entity_id, role, own, said),
                kind=ROLES[role],
                affiliate_id=affiliate_id,
                mark=mark,
            )
        )

    def sheet(self) -> Sheet:
        """The consolidated trial balance of it."""
        shares = shares_on(PARENT, self.holdings, SPAN.as_of)
        periods = [each for year in range(2020, 2027) for each in periods_of(Calendar(), year)]
        days = {each.starts_on for each in periods} | {e.effective_from for e in self.holdings}
        scope = Scope(
            group=SimpleNamespace(
                id=7, parent_id=PARENT, currency=self.rates.currency, template="us_gaap"
            ),
            span=SPAN,
            currencies=self.currencies,
            shares=shares,
            joined={e: joined_on(PARENT, self.holdings, e, SPAN.as_of) for e in shares},
            periods=periods,
            starts=sorted(days),
            holdings=self.holdings,
        )
        return sheet_of(
            Found(
                scope,
                self.balances,
                self.traded,
                self.revalued,
                self.marked,
                self.in_stock,
                self.adjusted,
                self.rates,
            )
        )


def _pair(
    paper: Paper, entity_id: int, role: str, own: int, said: Mapping[str, Any]
) -> dict[str, Any]:
    since = SPAN.from_on if ROLES[role] in RESULT_KINDS else None
    return {
        "entity_id": entity_id,
        "role": role,
        "own_minor": own,
        "amount_minor": own,
        "currency": paper.currencies[entity_id],
        "opening_amount_minor": 0,
        "opening_own_minor": 0,
        "since": since,
        "corrects": False,
        **said,
    }


def _row(**fields: Any) -> Any:
    return SimpleNamespace(code=fields["role"], name=fields["role"], **fields)


def standing(sheet: Sheet) -> dict[str, int]:
    """What stands on each line for the group, by its key; what is nothing is left out."""
    return {line.account.key: line.group_minor for line in sheet.lines if line.group_minor}


def put(sheet: Sheet, kind: str) -> dict[tuple[str, str], int]:
    """What the eliminations of a kind put to lines: by key and reason."""
    sums: dict[tuple[str, str], int] = {}
    for each in sheet.eliminations:
        for line in each.lines if each.kind == kind else ():
            key = (line.account, line.what)
            sums[key] = sums.get(key, 0) + line.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def balances_everywhere(sheet: Sheet) -> bool:
    """Whether every column of a sheet adds up to zero: each entity in its own currency and in the
    group's, each elimination, and the group."""
    entities = [column.entity_id for column in sheet.columns]
    cells = [
        [line.cells[entity] for line in sheet.lines if entity in line.cells] for entity in entities
    ]
    sums = [sum(cell.own_minor for cell in some) for some in cells]
    sums += [sum(cell.group_minor for cell in some) for some in cells]
    sums += [sum(line.amount_minor for line in each.lines) for each in sheet.eliminations]
    sums.append(sum(line.group_minor for line in sheet.lines))
    return not any(sums)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a tenant, for tests with a database."""

    tenant: TenantUnderTest
    id: int
    entity_ids: Sequence[int]

    async def sheet(self, as_of: date, *, from_on: date | None = None) -> Sheet:
        """Its consolidated trial balance."""
        async with self.tenant.read() as reader:
            return await consolidated_trial_balance(
                reader, group_id=self.id, as_of=as_of, from_on=from_on
            )


async def new_group(
    tenant: TenantUnderTest,
    parent_id: int,
    held: Mapping[int, int],
    *,
    since: date = date(2026, 1, 1),
    currency: str | None = None,
) -> Group:
    """A group of a parent that holds so much (percent) of others from a day on."""
    async with tenant.work() as work:
        group_id = await create_consolidation_group(
            work, code=f"G{parent_id}", name="Group", parent_id=parent_id, currency=currency
        )
        for entity_id, percent in held.items():
            await set_group_holding(
                work,
                group_id=group_id,
                owner_id=parent_id,
                entity_id=entity_id,
                effective_from=since,
                percent=Decimal(percent),
            )
    return Group(tenant, group_id, (parent_id, *held))
