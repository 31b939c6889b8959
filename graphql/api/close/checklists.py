"""The closing checklist of a fiscal period on the API."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.access.users import User, load_users
from api.context import Info
from api.ids import global_id, row_id_of
from api.nodes import Node, load_any
from domain.finance.closing import checklist as domain
from domain.finance.queries.closing import closing_checklist
from domain.kernel.ids import kind_named


@strawberry.type(description="Something that keeps a check open.")
class ClosingFinding:
    what: str = strawberry.field(description="What is the matter with it, in words.")
    object_id: strawberry.ID = strawberry.field(description="The id of what is concerned.")

    @strawberry.field(description="What is concerned; null if the caller may not see it.")
    async def object(self, info: Info) -> Node | None:
        return await info.context.load(load_any, self.object_id)

    @classmethod
    def of(cls, finding: domain.Finding) -> "ClosingFinding":
        """From a finding of the domain."""
        return cls(
            what=finding.what,
            object_id=global_id(kind_named(finding.object_kind), finding.object_id),
        )


@strawberry.type(description="Somebody stands for it that a check stays open.")
class ClosingSignature:
    findings: int = strawberry.field(
        description="For so many findings; more of them need another signature."
    )
    note: str = strawberry.field(description="Why that is right.")
    signed_by: str = strawberry.field(description="Who signed, by name.")
    signed_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="Something that has to be done before a period closes.")
class ClosingCheck:
    name: str = strawberry.field(description="By this name it is signed for, and given an owner.")
    title: str = strawberry.field(description="What is looked for.")
    why: str = strawberry.field(description="Why it matters.")
    mend: str = strawberry.field(description="What to do about it.")
    waivable: bool = strawberry.field(
        description="Whether its owner may sign for what stays open; else it has to be done."
    )
    passed: bool = strawberry.field(description="Whether it keeps nothing from closing.")
    total: int = strawberry.field(description="How much was found.")
    findings: list[ClosingFinding] = strawberry.field(
        description="The first hundred of what was found."
    )
    signature: ClosingSignature | None = strawberry.field(
        description="Who signed for what stays open; null: nobody."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="Who answers for it: who was named, or else the owner of its process."
    )
    owner_row_id: strawberry.Private[int | None]

    @strawberry.field(description="The user who answers for it. Needs users.read.")
    async def owner(self, info: Info) -> User | None:
        if self.owner_row_id is None:
            return None
        return await info.context.load(load_users, self.owner_row_id)

    @classmethod
    def of(cls, state: domain.CheckState) -> "ClosingCheck":
        """From how the check stands in the domain."""
        signed, check = state.signature, state.check
        return cls(
            name=check.name,
            title=check.title,
            why=check.why,
            mend=check.mend,
            waivable=check.waivable,
            passed=state.is_passed,
            total=state.total,
            findings=[ClosingFinding.of(each) for each in state.findings],
            signature=None
            if signed is None
            else ClosingSignature(
                findings=signed.findings,
                note=signed.note,
                signed_by=signed.signed_by,
                signed_at=signed.signed_at,
            ),
            owner_id=None if state.owner_id is None else global_id("User", state.owner_id),
            owner_row_id=state.owner_id,
        )


@strawberry.type
class ClosingQuery:
    @strawberry.field(
        description="What has to be done before a fiscal period closes, and how it stands; null: "
        "there is no such period. Needs close.read."
    )
    async def closing_checklist(
        self,
        info: Info,
        period_id: Annotated[strawberry.ID, strawberry.argument(description="The period.")],
    ) -> list[ClosingCheck] | None:
        row_id = row_id_of(period_id, "FiscalPeriod", path=("periodId",))
        states = await closing_checklist(await info.context.reader(), period_id=row_id)
        return None if states is None else [ClosingCheck.of(each) for each in states]
