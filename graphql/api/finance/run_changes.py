"""Payment runs proposed, approved and paid, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import strawberry

from api.context import Info
from api.finance.approving import RequestFinanceApprovalPayload, asked_for
from api.finance.payment_runs import PaymentRun, load_payment_runs
from api.ids import row_id_of
from api.user_errors import UserError
from api.writing import perform_one
from domain.finance.operations import paying_suppliers
from domain.kernel.work import Work

Run = Callable[[Work], Awaitable[int]]


@strawberry.input(description="What is to be paid to suppliers.")
class ProposePaymentRunInput:
    entity_id: strawberry.ID = strawberry.field(description="Who pays.")
    currency: str = strawberry.field(description="In which currency (ISO 4217).")
    due_until: date = strawberry.field(description="All that is due by this day.")
    pay_on: date | None = strawberry.field(default=None, description="When; today if absent.")


@strawberry.input(description="Which payment run, and why.")
class DecidePaymentRunInput:
    id: strawberry.ID = strawberry.field(description="The run.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A payment run that was paid.")
class MarkPaymentRunPaidInput:
    id: strawberry.ID = strawberry.field(description="The run.")
    reference: str | None = strawberry.field(default=None, description="What the bank says of it.")


@strawberry.type(description="What a mutation did to a payment run.")
class PaymentRunPayload:
    payment_run: PaymentRun | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


async def _run_payload(info: Info, run: Run, input: object) -> PaymentRunPayload:
    found, refused = await perform_one(
        info, run, input=input, load=load_payment_runs, key_required=True
    )
    return PaymentRunPayload(payment_run=found, user_errors=refused)


@strawberry.type
class PaymentRunMutation:
    @strawberry.mutation(
        description="Propose to pay all that suppliers are due by a day and no other run pays. "
        "Needs finance.pay."
    )
    async def propose_payment_run(
        self,
        info: Info,
        input: Annotated[ProposePaymentRunInput, strawberry.argument(description="What.")],
    ) -> PaymentRunPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def run(work: Work) -> int:
            return await paying_suppliers.propose_payment_run(
                work,
                entity_id=entity_id,
                currency=input.currency,
                due_until=input.due_until,
                pay_on=input.pay_on,
            )

        return await _run_payload(info, run, input)

    @strawberry.mutation(description="Ask that a payment run be paid. Needs finance.pay.")
    async def request_payment_run(
        self,
        info: Info,
        input: Annotated[DecidePaymentRunInput, strawberry.argument(description="Which, and why.")],
    ) -> RequestFinanceApprovalPayload:
        run_id = row_id_of(input.id, "PaymentRun")

        async def run(work: Work) -> int:
            return await paying_suppliers.request_payment_run(
                work, run_id=run_id, reason=input.reason
            )

        return await asked_for(info, run, input)

    @strawberry.mutation(
        description="Record that an approved run was paid: one payment for each supplier. Needs "
        "finance.pay."
    )
    async def mark_payment_run_paid(
        self,
        info: Info,
        input: Annotated[MarkPaymentRunPaidInput, strawberry.argument(description="Which.")],
    ) -> PaymentRunPayload:
        run_id = row_id_of(input.id, "PaymentRun")

        async def run(work: Work) -> int:
            return await paying_suppliers.mark_run_paid(
                work, run_id=run_id, reference=input.reference
            )

        return await _run_payload(info, run, input)

    @strawberry.mutation(description="Give up a run that is not paid. Needs finance.pay.")
    async def drop_payment_run(
        self,
        info: Info,
        input: Annotated[DecidePaymentRunInput, strawberry.argument(description="Which, and why.")],
    ) -> PaymentRunPayload:
        run_id = row_id_of(input.id, "PaymentRun")

        async def run(work: Work) -> int:
            return await paying_suppliers.drop_payment_run(work, run_id=run_id, reason=input.reason)

        return await _run_payload(info, run, input)
