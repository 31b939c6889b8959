"""The consolidated trial balance: entities, what is eliminated of them, and the group. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.finance.consolidation.policies.accounts import (
    KINDS,
    MINORITY,
    MINORITY_RESULT,
    RESULT_KINDS,
    GroupAccount,
)
from domain.finance.consolidation.policies.eliminating import DIFFERENCES, Elimination, Line
from domain.finance.consolidation.policies.translation import Cell, Span


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line: what stands there for each entity, what each elimination puts to it (by its place
    in the sheet), and what stands there for the group."""

    account: GroupAccount
    cells: Mapping[int, Cell]
    eliminated: Mapping[int, tuple[Line, ...]]

    @property
    def entities_minor(self) -> int:
        """The sum of all entities."""
        return sum(cell.group_minor for cell in self.cells.values())

    @property
    def eliminated_minor(self) -> int:
        """The sum of all eliminations."""
        return sum(line.amount_minor for some in self.eliminated.values() for line in some)

    @property
    def group_minor(self) -> int:
        """What stands there for the group."""
        return self.entities_minor + self.eliminated_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An entity of the group: in which currency its books are, at which rate they stand at the
    end (None: there are none yet), and how much of it is the parent's (0 to 1)."""

    entity_id: int
    currency: str
    closing_rate: Decimal | None
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A consolidated trial balance in the group's currency."""

    group_id: int
    currency: str
    span: Span
    columns: Sequence[Column]
    lines: Sequence[SheetLine]
    eliminations: Sequence[Elimination] = field(default_factory=tuple)

    @property
    def result_minor(self) -> int:
        """What the group earned in the period, a profit above zero."""
        return -sum(
            line.group_minor
            for line in self.lines
            if line.account.kind in RESULT_KINDS and line.account.key != MINORITY_RESULT
        )

    @property
    def minority_result_minor(self) -> int:
        """What of that is not the parent's."""
        return self._of(MINORITY_RESULT)

    @property
    def parent_result_minor(self) -> int:
        """What of that is the parent's."""
        return self.result_minor - self.minority_result_minor

    @property
    def equity_minor(self) -> int:
        """What the group's net assets are: all that is not owed to others."""
        kinds = ("asset", "liability")
        return sum(line.group_minor for line in self.lines if line.account.kind in kinds)

    @property
    def minority_equity_minor(self) -> int:
        """What of that is not the parent's."""
        return -self._of(MINORITY)

    @property
    def parent_equity_minor(self) -> int:
        """What of that is the parent's."""
        return self.equity_minor - self.minority_equity_minor

    @property
    def differences(self) -> list[tuple[int, Line]]:
        """Where two sides do not agree: the elimination's place, and the line that says so."""
        return [
            (place, line)
            for place, each in enumerate(self.eliminations)
            for line in each.lines
            if line.what in DIFFERENCES
        ]

    def _of(self, key: str) -> int:
        return sum(line.group_minor for line in self.lines if line.account.key == key)


def lines_of(
    chart: Mapping[str, GroupAccount], cells: Sequence[Cell], eliminations: Sequence[Elimination]
) -> list[SheetLine]:
    """The lines of everything, in the order of a balance sheet, then by code."""
    columns: dict[str, dict[int, Cell]] = {}
    for cell in cells:
        columns.setdefault(cell.account, {})[cell.entity_id] = cell
    put: dict[str, dict[int, tuple[Line, ...]]] = {}
    for place, each in enumerate(eliminations):
        for line in each.lines:
            at = put.setdefault(line.account, {})
            at[place] = (*at.get(place, ()), line)
    accounts = sorted(
        (chart[key] for key in {*columns, *put}),
        key=lambda each: (KINDS.index(each.kind), each.code, each.key),
    )
    lines = (
        SheetLine(account, columns.get(account.key, {}), put.get(account.key, {}))
        for account in accounts
    )
    return [line for line in lines if line.cells or line.eliminated]
