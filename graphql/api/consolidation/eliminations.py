"""What is left out of a group, on the API: each elimination line by line, and why."""

from enum import Enum

import strawberry

from api.consolidation.adjustments import GroupAdjustment, load_adjustments
from api.consolidation.keys import key_of
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.scalars import Money, money
from domain.finance.consolidation.policies import eliminating as policy
from domain.finance.consolidation.policies.sheet import Sheet


@strawberry.enum(description="What an elimination leaves out.")
class EliminationKind(Enum):
    BALANCES = strawberry.enum_value("balances", description="What two of them owe each other.")
    SALES = strawberry.enum_value("sales", description="What one sold another.")
    TRADE = strawberry.enum_value(
        "trade", description="Income and expense on accounts that are with an affiliate."
    )
    PROFIT_IN_STOCK = strawberry.enum_value(
        "profit_in_stock", description="Profit of one on goods that are in another one's stock."
    )
    DIVIDENDS = strawberry.enum_value("dividends", description="Profits paid to one of them.")
    INVESTMENTS = strawberry.enum_value(
        "investments", description="What one paid for its part of another, against its equity."
    )
    ADJUSTMENT = strawberry.enum_value("adjustment", description="What somebody entered.")
    MINORITIES = strawberry.enum_value(
        "minorities", description="What of an entity is not the parent's."
    )


@strawberry.enum(description="Why an elimination puts something to a line.")
class EliminationReason(Enum):
    ELIMINATED = strawberry.enum_value("eliminated", description="It is within the group.")
    MARGIN = strawberry.enum_value(
        "margin", description="The seller's margin is in the buyer's cost."
    )
    EXCHANGE = strawberry.enum_value(
        "exchange", description="A debt stands at another rate in either book."
    )
    DISAGREEMENT = strawberry.enum_value(
        "disagreement", description="The two sides say different amounts."
    )
    AVERAGE_RATE = strawberry.enum_value(
        "average_rate", description="Two averages of what is one amount."
    )
    BROUGHT_FORWARD = strawberry.enum_value(
        "brought_forward", description="What was left out before the period began."
    )
    CLOSING = strawberry.enum_value("closing", description="The profit that is in the stock.")
    CHANGE = strawberry.enum_value("change", description="By how much that became more.")
    RATES_CHANGED = strawberry.enum_value(
        "rates_changed", description="What of that change is the rates'."
    )
    DISTRIBUTED = strawberry.enum_value(
        "distributed", description="The profits that were paid are the group's still."
    )
    INVESTED = strawberry.enum_value("invested", description="What was paid for the part.")
    ACQUIRED = strawberry.enum_value("acquired", description="What that part was of.")
    GOODWILL = strawberry.enum_value("goodwill", description="What was paid more than that.")
    BOUGHT_CHEAPLY = strawberry.enum_value(
        "bought_cheaply", description="What was paid less than that."
    )
    ENTERED = strawberry.enum_value("entered", description="Somebody entered it.")
    MINORITY = strawberry.enum_value("minority", description="It is not the parent's.")


@strawberry.type(description="What an elimination puts to a line.")
class EliminationLine:
    account: str = strawberry.field(description="The key of the line.")
    place: int = strawberry.field(description="The place of the elimination in the sheet.")
    reason: EliminationReason = strawberry.field(description="Why.")
    is_difference: bool = strawberry.field(
        description="Whether it tells of two sides that do not agree."
    )
    amount: Money = strawberry.field(description="A debit is positive; in the group's currency.")
    own: Money | None = strawberry.field(
        description="In the currency of the entity's books, where it is of one."
    )
    entity_id: strawberry.Private[int | None]

    @strawberry.field(description="Whose account or part it is of.")
    async def entity(self, info: Info) -> LegalEntity | None:
        if self.entity_id is None:
            return None
        return await info.context.load(load_legal_entities, self.entity_id)


@strawberry.type(
    description="Something that is left out of the group, or entered into it: lines that add up to "
    "zero. The documents behind it: eliminatedLines and eliminatedLayers."
)
class Elimination:
    place: int = strawberry.field(description="Its place in the sheet.")
    kind: EliminationKind = strawberry.field(description="What it leaves out.")
    lines: list[EliminationLine] = strawberry.field(description="What it puts to which line.")
    key: str | None = strawberry.field(
        description="By which the documents behind it are asked for; null: it is of none."
    )
    entity_id: strawberry.Private[int | None]
    affiliate_id: strawberry.Private[int | None]
    adjustment_id: strawberry.Private[int | None]

    @strawberry.field(
        description="The one entity: of sales and profit who sold, of dividends and investments "
        "who holds."
    )
    async def entity(self, info: Info) -> LegalEntity | None:
        if self.entity_id is None:
            return None
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The other one.")
    async def affiliate(self, info: Info) -> LegalEntity | None:
        if self.affiliate_id is None:
            return None
        return await info.context.load(load_legal_entities, self.affiliate_id)

    @strawberry.field(description="The adjustment that somebody entered.")
    async def adjustment(self, info: Info) -> GroupAdjustment | None:
        if self.adjustment_id is None:
            return None
        return await info.context.load(load_adjustments, self.adjustment_id)


def elimination_of(place: int, each: policy.Elimination, sheet: Sheet) -> Elimination:
    """From the domain's, at its place in the sheet."""
    return Elimination(
        place=place,
        kind=EliminationKind(each.kind),
        lines=[elimination_line_of(place, line, sheet.currency) for line in each.lines],
        key=key_of(sheet, each),
        entity_id=each.entity_id,
        affiliate_id=each.affiliate_id,
        adjustment_id=each.adjustment_id,
    )


def elimination_line_of(place: int, line: policy.Line, currency: str) -> EliminationLine:
    """From the domain's line of an elimination at a place."""
    own = None
    if line.own_minor is not None and line.own_currency is not None:
        own = money(line.own_minor, line.own_currency)
    return EliminationLine(
        account=line.account,
        place=place,
        reason=EliminationReason(line.what),
        is_difference=line.what in policy.DIFFERENCES,
        amount=money(line.amount_minor, currency),
        own=own,
        entity_id=line.entity_id,
    )
