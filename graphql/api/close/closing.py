"""Periods are closed and opened again, on the API."""

from typing import Annotated, Any

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.ledger.calendars import FiscalPeriod, load_fiscal_periods
from api.user_errors import UserError, answers
from api.writing import perform
from domain.finance.closing.outcomes import CloseRefused, NotWaivable, PeriodNotClosed
from domain.finance.operations import closing as operations
from domain.kernel.work import Work


@strawberry.type(description="A check that keeps a period from closing.")
class OpenCheck:
    name: str = strawberry.field(description="The check's name.")
    title: str = strawberry.field(description="What is looked for.")
    total: int = strawberry.field(description="How much was found.")


def _open(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "period_id": global_id("FiscalPeriod", fields["period_id"]),
        "open": [OpenCheck(name=n, title=t, total=c) for n, t, c in fields["open"]],
    }


@answers(CloseRefused, convert=_open)
@strawberry.type(description="The checklist is still open, and the period with it.")
class CloseRefusedError(UserError):
    period_id: strawberry.ID = strawberry.field(description="The period.")
    open: list[OpenCheck] = strawberry.field(description="What is neither done nor signed for.")


@answers(NotWaivable)
@strawberry.type(description="This has to be done; nobody can sign for it.")
class NotWaivableError(UserError):
    check_name: str = strawberry.field(description="The check's name.")


@answers(
    PeriodNotClosed, convert=lambda f: {"period_id": global_id("FiscalPeriod", f["period_id"])}
)
@strawberry.type(description="The period is open, or somebody asked for it already.")
class PeriodNotClosedError(UserError):
    period_id: strawberry.ID = strawberry.field(description="The period.")


@strawberry.input(description="A period to close.")
class ClosePeriodInput:
    period_id: strawberry.ID = strawberry.field(description="The period.")
    softly: bool = strawberry.field(
        default=False,
        description="Only so far that it takes nothing but the closing's own journals; no check "
        "is asked for.",
    )


@strawberry.input(description="A check to stand for.")
class SignClosingCheckInput:
    period_id: strawberry.ID = strawberry.field(description="The period.")
    check: str = strawberry.field(description="The check's name.")
    note: str = strawberry.field(description="Why it is right that it stays open.")


@strawberry.input(description="Who is to answer for a check.")
class NameClosingOwnerInput:
    entity_id: strawberry.ID = strawberry.field(description="Of this legal entity.")
    check: str = strawberry.field(description="The check's name.")
    user_id: strawberry.ID | None = strawberry.field(
        description="The user; null: the owner of its process again."
    )


@strawberry.input(description="A closed period to open again.")
class RequestPeriodReopeningInput:
    period_id: strawberry.ID = strawberry.field(description="The period.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What was done about a period.")
class PeriodPayload:
    period: FiscalPeriod | None = strawberry.field(description="The period as it stands now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What nameClosingOwner did.")
class NameClosingOwnerPayload:
    entity: LegalEntity | None = strawberry.field(description="The legal entity.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What requestPeriodReopening did.")
class RequestPeriodReopeningPayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The approval that it waits for."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not asked for.")


@strawberry.type
class ClosingMutation:
    @strawberry.mutation(
        description="Close a fiscal period: softly, or for good, which is refused while its "
        "checklist is open. The last one of a year carries its result to retained earnings. "
        "Needs close.run."
    )
    async def close_period(
        self,
        info: Info,
        input: Annotated[ClosePeriodInput, strawberry.argument(description="Which, how far.")],
    ) -> PeriodPayload:
        period_id = row_id_of(input.period_id, "FiscalPeriod", path=("periodId",))

        async def close(work: Work) -> dict[str, Any]:
            done = await operations.close_period(work, period_id=period_id, softly=input.softly)
            return {"id": done}

        done = await perform(info, close, input=input)
        period = await info.context.load_done(load_fiscal_periods, done["id"])
        return PeriodPayload(period=period, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Stand for it that a check stays open at the closing, for as much as it finds "
        "now. Needs close.run."
    )
    async def sign_closing_check(
        self,
        info: Info,
        input: Annotated[SignClosingCheckInput, strawberry.argument(description="Which, why.")],
    ) -> PeriodPayload:
        period_id = row_id_of(input.period_id, "FiscalPeriod", path=("periodId",))

        async def sign(work: Work) -> dict[str, Any]:
            done = await operations.sign_closing_check(
                work, period_id=period_id, check=input.check, note=input.note
            )
            return {"id": done}

        done = await perform(info, sign, input=input)
        period = await info.context.load_done(load_fiscal_periods, done["id"])
        return PeriodPayload(period=period, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Say who answers for a check at the closing of an entity's periods. Needs "
        "close.run."
    )
    async def name_closing_owner(
        self,
        info: Info,
        input: Annotated[NameClosingOwnerInput, strawberry.argument(description="Who, of what.")],
    ) -> NameClosingOwnerPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        user_id = optional_row_id(input.user_id, "User", path=("userId",))

        async def name(work: Work) -> dict[str, Any]:
            done = await operations.name_closing_owner(
                work, entity_id=entity_id, check=input.check, user_id=user_id
            )
            return {"id": done}

        done = await perform(info, name, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return NameClosingOwnerPayload(entity=entity, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Ask to open a closed period again; somebody else has to agree "
        "(close.reopen). Needs close.run."
    )
    async def request_period_reopening(
        self,
        info: Info,
        input: Annotated[
            RequestPeriodReopeningInput, strawberry.argument(description="Which, why.")
        ],
    ) -> RequestPeriodReopeningPayload:
        period_id = row_id_of(input.period_id, "FiscalPeriod", path=("periodId",))

        async def ask(work: Work) -> dict[str, Any]:
            request_id = await operations.request_period_reopening(
                work, period_id=period_id, reason=input.reason
            )
            return {"id": request_id}

        done = await perform(info, ask, input=input)
        asked = await info.context.load_done(load_requests, done["id"])
        return RequestPeriodReopeningPayload(approval_request=asked, user_errors=done.user_errors)
