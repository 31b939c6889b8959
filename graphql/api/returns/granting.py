"""Money and other goods for returns on the API, and what is told of all returns together."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.returns.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.returns.documents import (
    ReturnCredit,
    load_return_credits,
)
from api.returns.replacements import ReturnReplacement, load_return_replacements
from api.returns.returns import KIND
from api.returns.states import ReturnRatesBy
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.kernel.errors import InvalidInput
from domain.kernel.money import to_minor
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.returns.operations.crediting import WantedCredit, credit_return
from domain.returns.operations.replacing import order_replacement
from domain.returns.queries import reports
from domain.returns.queries.reports import Rate, Window

LONGEST_DAYS = 3660


@strawberry.input(description="A fee in place of the policy's.")
class ReturnFeeInput:
    amount: Decimal = strawberry.field(description="How much, in major units.")
    currency: str = strawberry.field(description="In which currency: that of the return.")


@strawberry.input(description="What of a line is to be credited.")
class CreditReturnLineInput:
    line_number: int = strawberry.field(description="The return's line.")
    quantity: Decimal | None = strawberry.field(
        default=None, description="How much, in base units; all that may be if absent."
    )
    fee: ReturnFeeInput | None = strawberry.field(
        default=None, description="A fee in place of the policy's."
    )


@strawberry.input(description="Money for a return.")
class CreditReturnInput:
    id: strawberry.ID = strawberry.field(description="The return.")
    reason: str = strawberry.field(description="Why.")
    lines: list[CreditReturnLineInput] | None = strawberry.field(
        default=None, description="For what; for all that may be credited if absent."
    )
    in_advance: bool = strawberry.field(
        default=False, description="Whether for goods as well that are still to come."
    )


@strawberry.type(description="The money that was granted.")
class CreditReturnPayload:
    return_credits: list[ReturnCredit] | None = strawberry.field(
        description="A credit for each order."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="Other goods that are to be ordered now.")
class OrderReplacementInput:
    id: strawberry.ID = strawberry.field(description="The other goods of a return.")


@strawberry.type(description="What a mutation did about other goods for a return.")
class OrderReplacementPayload:
    return_replacement: ReturnReplacement | None = strawberry.field(
        description="The other goods, with their order."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


def _line(input: CreditReturnLineInput) -> WantedCredit:
    fee = input.fee
    return WantedCredit(
        line_number=input.line_number,
        quantity=input.quantity,
        fee_minor=None if fee is None else to_minor(fee.amount, fee.currency),
    )


@strawberry.type
class ReturnCreditMutation:
    @strawberry.mutation(
        description="Grant money for goods that came and were accepted, less the fee: never more, "
        "over all returns of an order, than was billed. Needs returns.credit."
    )
    async def credit_return(
        self,
        info: Info,
        input: Annotated[CreditReturnInput, strawberry.argument(description="For what.")],
    ) -> CreditReturnPayload:
        return_id = row_id_of(input.id, KIND)
        lines = None if input.lines is None else [_line(line) for line in input.lines]
        fields = given(input, "reason", "in_advance")

        async def run(work: Work) -> dict[str, Any]:
            ids = await credit_return(work, return_id=return_id, lines=lines, **fields)
            return {"ids": ids}

        done = await perform(info, run, input=input, key_required=True)
        if done.user_errors:
            return CreditReturnPayload(return_credits=None, user_errors=done.user_errors)
        found = [await info.context.load_done(load_return_credits, each) for each in done["ids"]]
        return CreditReturnPayload(
            return_credits=[each for each in found if each is not None], user_errors=[]
        )

    @strawberry.mutation(
        description="Order the other goods of a return now. Needs returns.credit and orders.place."
    )
    async def order_replacement(
        self,
        info: Info,
        input: Annotated[OrderReplacementInput, strawberry.argument(description="Which.")],
    ) -> OrderReplacementPayload:
        info.context.require("returns.credit")
        replacement_id = row_id_of(input.id, "ReturnReplacement")

        async def run(work: Work) -> int:
            await order_replacement(work, replacement_id=replacement_id)
            return replacement_id

        found, refused = await perform_one(
            info, run, input=input, load=load_return_replacements, key_required=True
        )
        return OrderReplacementPayload(return_replacement=found, user_errors=refused)


@strawberry.type(description="How much of what was shipped came back. Quantities in base units.")
class ReturnRate:
    key: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    owner: str | None = strawberry.field(description="Who answers for it, where somebody does.")
    returns: int = strawberry.field(description="How many returns.")
    asked: Decimal = strawberry.field(description="What was asked back.")
    received: Decimal = strawberry.field(description="What came.")
    shipped: Decimal = strawberry.field(
        description="What was shipped of it in the time; of everything, where a reason is told."
    )
    ratio: Decimal | None = strawberry.field(
        description="What was asked back by what was shipped, to four decimals."
    )
    hours_to_receipt: Decimal | None = strawberry.field(
        description="From asking to the last receipt, on average."
    )
    hours_to_credit: Decimal | None = strawberry.field(
        description="From asking to the last credit, on average."
    )

    @classmethod
    def of(cls, rate: Rate) -> "ReturnRate":
        """From a rate as the domain works it out."""
        same = ("key", "name", "owner", "returns", "hours_to_receipt", "hours_to_credit")
        amounts: dict[str, Any] = {
            name: plain(getattr(rate, name)) for name in ("asked", "received", "shipped")
        }
        ratio = (rate.asked / rate.shipped).quantize(Decimal("0.0001")) if rate.shipped else None
        return cls(ratio=ratio, **amounts, **{name: getattr(rate, name) for name in same})


@strawberry.type
class ReturnRateQuery:
    @strawberry.field(
        description="How much comes back, why, and how long it takes: the most first, at most 500; "
        "a partner is told of its own. Needs returns.read."
    )
    async def return_rates(
        self,
        info: Info,
        by: Annotated[ReturnRatesBy, strawberry.argument(description="By what.")],
        days: Annotated[
            int, strawberry.argument(description="Within so many days up to the last.")
        ] = 90,
        last_day: Annotated[
            date | None, strawberry.argument(description="The last day; today if absent.")
        ] = None,
    ) -> list[ReturnRate]:
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(f"Must be 1 to {LONGEST_DAYS}.", path=("days",))
        last = last_day or info.context.now.date()
        rates = await reports.return_rates(
            await info.context.reader(),
            by=str(by.value),
            window=Window(last - timedelta(days=days - 1), last),
        )
        return [ReturnRate.of(rate) for rate in rates]
