"""The consolidated trial balance on the API: every column, and every amount explained."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry

from api.consolidation.eliminations import (
    Elimination,
    EliminationLine,
    elimination_line_of,
    elimination_of,
)
from api.consolidation.groups import KIND, ConsolidationGroup, load_groups
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import row_id_of
from api.ledger.accounts import AccountKind
from api.scalars import Money, money
from domain.finance.consolidation.policies.sheet import Sheet, SheetLine
from domain.finance.consolidation.policies.translation import Cell
from domain.finance.queries.consolidation import consolidated_trial_balance
from domain.kernel.errors import NotFound
from domain.kernel.quantity import plain
from domain.ledger.outcomes import ExchangeRateMissing

_RATE_PLACES = Decimal("0.000000000001")


@strawberry.enum(description="At which rate an amount was translated.")
class TranslationBasis(Enum):
    CLOSING = strawberry.enum_value("closing", description="The rate of the day.")
    AVERAGE = strawberry.enum_value(
        "average", description="The average of the period in which it arose."
    )
    HISTORICAL = strawberry.enum_value(
        "historical", description="The rate of the day on which it arose or was acquired."
    )
    REST = strawberry.enum_value(
        "rest", description="None: what the other rates leave over, the translation difference."
    )


@strawberry.type(description="A part of an amount, translated at one rate.")
class TranslatedPiece:
    basis: TranslationBasis = strawberry.field(description="At which rate.")
    since: date | None = strawberry.field(
        description="Of equity the day, of income and expense the first day of the stretch in "
        "which it arose."
    )
    rate: Decimal | None = strawberry.field(
        description="What one major unit is worth in the group's currency."
    )
    own: Money = strawberry.field(description="In the currency of the entity's books.")
    amount: Money = strawberry.field(description="In the group's currency.")


@strawberry.type(description="What stands on a line for a legal entity.")
class ConsolidatedCell:
    own: Money = strawberry.field(description="In the currency of its books.")
    amount: Money = strawberry.field(description="In the group's currency.")
    pieces: list[TranslatedPiece] = strawberry.field(description="How it was translated.")
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)


@strawberry.type(description="What an elimination puts to this line in all.")
class EliminatedAmount:
    place: int = strawberry.field(description="The elimination's place in the sheet.")
    amount: Money = strawberry.field(description="A debit is positive.")


@strawberry.type(description="A line of a consolidated trial balance.")
class ConsolidatedLine:
    account: str = strawberry.field(
        description="Its key: the role that accounts of all entities have, or kind and code."
    )
    code: str = strawberry.field(description="The code in the group's chart.")
    name: str = strawberry.field(description="The name in the group's chart.")
    kind: AccountKind = strawberry.field(description="What it counts.")
    cells: list[ConsolidatedCell] = strawberry.field(description="What stands there by entity.")
    eliminated: list[EliminatedAmount] = strawberry.field(
        description="What eliminations put to it."
    )
    entities: Money = strawberry.field(description="The sum of all entities.")
    eliminations: Money = strawberry.field(description="The sum of all eliminations.")
    group: Money = strawberry.field(description="What stands there for the group.")


@strawberry.type(description="A legal entity of a group as of the day.")
class ConsolidatedEntity:
    currency: str = strawberry.field(description="The currency of its books.")
    closing_rate: Decimal | None = strawberry.field(
        description="What one major unit of it is worth in the group's; null: nothing is booked."
    )
    share: Decimal = strawberry.field(
        description="The part of it (0 to 1) that is the parent's, directly and by way of others."
    )
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)


@strawberry.type(description="What of something is the parent's, and what is others'.")
class OwnersParts:
    whole: Money = strawberry.field(description="All of it.")
    parent: Money = strawberry.field(description="The parent's.")
    minority: Money = strawberry.field(description="Other owners'.")


@strawberry.type(description="A rate without which a group cannot be consolidated.")
class MissingRate:
    from_currency: str = strawberry.field(description="The rate leads from this currency.")
    to_currency: str = strawberry.field(description="It leads to this currency.")
    on: date = strawberry.field(description="It is missing on this day.")


@strawberry.type(description="The books of a group on a day: its entities less eliminations.")
class ConsolidatedTrialBalance:
    as_of: date = strawberry.field(description="At the end of this day.")
    from_on: date | None = strawberry.field(description="The result is of this day and after.")
    missing_rate: MissingRate | None = strawberry.field(
        description="The rate to give first; there is nothing else then."
    )
    entities: list[ConsolidatedEntity] = strawberry.field(description="The parent first.")
    lines: list[ConsolidatedLine] = strawberry.field(description="By kind and code.")
    eliminations: list[Elimination] = strawberry.field(description="In their places.")
    differences: list[EliminationLine] = strawberry.field(
        description="Where two sides do not agree: in which elimination, why, and by how much."
    )
    result: OwnersParts | None = strawberry.field(description="What was earned, a profit above 0.")
    net_assets: OwnersParts | None = strawberry.field(description="Assets less liabilities.")
    group_id: strawberry.Private[int]

    @strawberry.field(description="The group.")
    async def group(self, info: Info) -> ConsolidationGroup | None:
        return await info.context.load(load_groups, self.group_id)


def _rate(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else plain(rate.quantize(_RATE_PLACES))


def _cell(cell: Cell, own: str, currency: str) -> ConsolidatedCell:
    return ConsolidatedCell(
        own=money(cell.own_minor, own),
        amount=money(cell.group_minor, currency),
        pieces=[
            TranslatedPiece(
                basis=TranslationBasis(each.basis),
                since=each.since,
                rate=_rate(each.rate),
                own=money(each.own_minor, own),
                amount=money(each.group_minor, currency),
            )
            for each in cell.pieces
        ],
        entity_id=cell.entity_id,
    )


def _line(line: SheetLine, sheet: Sheet) -> ConsolidatedLine:
    currencies = {column.entity_id: column.currency for column in sheet.columns}
    return ConsolidatedLine(
        account=line.account.key,
        code=line.account.code,
        name=line.account.name,
        kind=AccountKind(line.account.kind),
        cells=[_cell(c, currencies[e], sheet.currency) for e, c in line.cells.items()],
        eliminated=[
            EliminatedAmount(
                place=place,
                amount=money(sum(each.amount_minor for each in some), sheet.currency),
            )
            for place, some in sorted(line.eliminated.items())
        ],
        entities=money(line.entities_minor, sheet.currency),
        eliminations=money(line.eliminated_minor, sheet.currency),
        group=money(line.group_minor, sheet.currency),
    )


def _parts(whole: int, minority: int, currency: str) -> OwnersParts:
    return OwnersParts(
        whole=money(whole, currency),
        parent=money(whole - minority, currency),
        minority=money(minority, currency),
    )


def shown(sheet: Sheet) -> ConsolidatedTrialBalance:
    """A sheet as the API shows it."""
    currency = sheet.currency
    return ConsolidatedTrialBalance(
        as_of=sheet.span.as_of,
        from_on=sheet.span.from_on,
        missing_rate=None,
        entities=[
            ConsolidatedEntity(
                currency=each.currency,
                closing_rate=_rate(each.closing_rate),
                share=plain(each.share),
                entity_id=each.entity_id,
            )
            for each in sheet.columns
        ],
        lines=[_line(each, sheet) for each in sheet.lines],
        eliminations=[
            elimination_of(place, each, sheet) for place, each in enumerate(sheet.eliminations)
        ],
        differences=[
            elimination_line_of(place, line, currency) for place, line in sheet.differences
        ],
        result=_parts(sheet.result_minor, sheet.minority_result_minor, currency),
        net_assets=_parts(sheet.equity_minor, sheet.minority_equity_minor, currency),
        group_id=sheet.group_id,
    )


def _without(group_id: int, as_of: date, missing: ExchangeRateMissing) -> ConsolidatedTrialBalance:
    """What can be shown of a group while a rate is missing."""
    return ConsolidatedTrialBalance(
        as_of=as_of,
        from_on=None,
        missing_rate=MissingRate(**missing.fields),
        entities=[],
        lines=[],
        eliminations=[],
        differences=[],
        result=None,
        net_assets=None,
        group_id=group_id,
    )


@strawberry.type
class ConsolidatedTrialBalanceQuery:
    @strawberry.field(
        description="The consolidated trial balance of a group at the end of a day: each entity in "
        "its own currency and the group's, each elimination, and the group. Needs "
        "consolidation.read."
    )
    async def consolidated_trial_balance(
        self,
        info: Info,
        group_id: Annotated[strawberry.ID, strawberry.argument(description="The group.")],
        as_of: Annotated[date, strawberry.argument(description="At the end of this day.")],
        from_on: Annotated[
            date | None,
            strawberry.argument(
                description="The result is of this day and after; absent: of the fiscal year."
            ),
        ] = None,
    ) -> ConsolidatedTrialBalance | None:
        row_id = row_id_of(group_id, KIND, path=("groupId",))
        reader = await info.context.reader()
        try:
            return shown(
                await consolidated_trial_balance(
                    reader, group_id=row_id, as_of=as_of, from_on=from_on
                )
            )
        except NotFound:
            return None
        except ExchangeRateMissing as missing:
            return _without(row_id, as_of, missing)
