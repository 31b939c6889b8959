"""Explaining differences of payouts, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import strawberry

from api.context import Info
from api.finance.approving import RequestFinanceApprovalPayload, asked_for
from api.ids import row_id_of
from api.payouts.differences import PayoutDifference, load_differences
from api.scalars import Money, money
from api.user_errors import UserError, answers
from api.writing import perform_one
from domain.finance.settlement.operations.differences import (
    await_difference,
    book_difference,
    match_difference,
    request_difference_write_off,
)
from domain.finance.settlement.outcomes import PaymentDoesNotFit
from domain.kernel.work import Work


@answers(
    PaymentDoesNotFit,
    convert=lambda told: {
        "number": told["number"],
        "available": money(int(told["available_minor"]), told["currency"]),
    },
)
@strawberry.type(
    description="A payment is not what a payout has: it is of another channel, entity or currency, "
    "on the other side, or was found already."
)
class PaymentDoesNotFitError(UserError):
    number: str = strawberry.field(description="The payment's number.")
    available: Money = strawberry.field(description="What of it is expected in a payout.")


@strawberry.input(description="Which payment a payout has.")
class MatchPayoutDifferenceInput:
    difference_id: strawberry.ID = strawberry.field(description="What the payout has.")
    payment_id: strawberry.ID = strawberry.field(description="The payment that it is.")


@strawberry.input(description="To which account a difference is posted, and why.")
class PostPayoutDifferenceInput:
    difference_id: strawberry.ID = strawberry.field(description="The difference.")
    account_id: strawberry.ID = strawberry.field(description="An account of its legal entity.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="Until when a difference is waited for, and why.")
class AwaitPayoutDifferenceInput:
    difference_id: strawberry.ID = strawberry.field(description="The difference.")
    until: date = strawberry.field(description="The day on which it is open again.")
    reason: str = strawberry.field(description="What is expected of the channel.")


@strawberry.input(description="What of a payout is to be given up, and why.")
class RequestPayoutDifferenceWriteOffInput:
    difference_id: strawberry.ID = strawberry.field(description="The difference.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What a mutation did to a difference of a payout.")
class PayoutDifferencePayload:
    payout_difference: PayoutDifference | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


def _row(value: strawberry.ID) -> int:
    return row_id_of(value, "PayoutDifference", path=("differenceId",))


@strawberry.type
class PayoutDifferenceMutation:
    @strawberry.mutation(
        description="Say that what a payout had is a payment, as far as both go. Needs "
        "settlement.manage."
    )
    async def match_payout_difference(
        self,
        info: Info,
        input: Annotated[MatchPayoutDifferenceInput, strawberry.argument(description="Which.")],
    ) -> PayoutDifferencePayload:
        info.context.require("settlement.manage")
        difference = _row(input.difference_id)
        payment = row_id_of(input.payment_id, "Payment", path=("paymentId",))

        async def run(work: Work) -> int:
            return await match_difference(work, difference_id=difference, payment_id=payment)

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Post what a difference is about to an account. Needs settlement.manage."
    )
    async def post_payout_difference(
        self,
        info: Info,
        input: Annotated[PostPayoutDifferenceInput, strawberry.argument(description="Where to.")],
    ) -> PayoutDifferencePayload:
        info.context.require("settlement.manage")
        difference = _row(input.difference_id)
        account = row_id_of(input.account_id, "Account", path=("accountId",))

        async def run(work: Work) -> int:
            return await book_difference(
                work, difference_id=difference, account_id=account, reason=input.reason
            )

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Leave a difference until a day: the channel is expected to mend it. Needs "
        "settlement.manage."
    )
    async def await_payout_difference(
        self,
        info: Info,
        input: Annotated[AwaitPayoutDifferenceInput, strawberry.argument(description="How long.")],
    ) -> PayoutDifferencePayload:
        info.context.require("settlement.manage")
        difference = _row(input.difference_id)

        async def run(work: Work) -> int:
            return await await_difference(
                work, difference_id=difference, until=input.until, reason=input.reason
            )

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Ask to give up what a difference is about; it is done once somebody else has "
        "approved it. Needs settlement.manage."
    )
    async def request_payout_difference_write_off(
        self,
        info: Info,
        input: Annotated[
            RequestPayoutDifferenceWriteOffInput, strawberry.argument(description="What.")
        ],
    ) -> RequestFinanceApprovalPayload:
        info.context.require("settlement.manage")
        difference = _row(input.difference_id)

        async def run(work: Work) -> int:
            return await request_difference_write_off(
                work, difference_id=difference, reason=input.reason
            )

        return await asked_for(info, run, input)


async def _payload(
    info: Info, run: Callable[[Work], Awaitable[int]], input: object
) -> PayoutDifferencePayload:
    difference, refused = await perform_one(
        info, run, input=input, load=load_differences, key_required=True
    )
    return PayoutDifferencePayload(payout_difference=difference, user_errors=refused)
