"""Changes of configuration are drafted, submitted, given up, and rolled back, on the API."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.governance.change_inputs import ConfigurationProposalInput, proposed
from api.governance.change_requests import ChangeRequest, load_change_requests
from api.governance.words import ConfigurationKind, kept_key
from api.ids import global_id, row_id_of
from api.inputs import given
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.governance.operations import change_requests as operations
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.governance.outcomes import ChangeStale, NoSuchVersion
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.work import Work


@answers(ChangeRequestRequired, convert=lambda fields: {"kind": ConfigurationKind(fields["kind"])})
@strawberry.type(
    description="This kind of configuration is governed: it changes by an approved change request "
    "alone. Draft one by draftConfigurationChange."
)
class ChangeRequestRequiredError(UserError):
    kind: ConfigurationKind = strawberry.field(description="The kind that is governed.")


@answers(
    ChangeStale,
    convert=lambda fields: {
        "change_request_id": global_id("ChangeRequest", fields["change_request_id"]),
        "place": fields["place"],
    },
)
@strawberry.type(description="What it would change has changed since it was drafted.")
class ChangeStaleError(UserError):
    change_request_id: strawberry.ID = strawberry.field(description="The change request.")
    place: str = strawberry.field(description="The first place that moved.")


@answers(NoSuchVersion)
@strawberry.type(description="The object has no such version that it could go back to.")
class NoSuchVersionError(UserError):
    version: int = strawberry.field(description="The version that was asked for.")
    latest: int = strawberry.field(description="The latest version that it has; 0: none.")


@strawberry.input(description="A change of configuration, and why.")
class DraftConfigurationChangeInput:
    title: str = strawberry.field(description="What it is about, on one line.")
    reason: str = strawberry.field(description="Why, for who decides.")
    proposal: ConfigurationProposalInput = strawberry.field(description="What is to change.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when; as soon as it is approved if absent."
    )


@strawberry.input(description="Changes of a draft; what is left out stays.")
class ReviseConfigurationChangeInput:
    id: strawberry.ID = strawberry.field(description="A draft of one's own.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="New title.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description="New reason.")
    proposal: ConfigurationProposalInput | None = strawberry.field(
        default=None, description="What is to change, all of it, of the same object."
    )
    effective_from: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="From when; null: as soon as it is approved."
    )


@strawberry.input(description="A change request.")
class ConfigurationChangeInput:
    id: strawberry.ID = strawberry.field(description="The change request.")


@strawberry.input(description="A change request that is given up.")
class DiscardConfigurationChangeInput:
    id: strawberry.ID = strawberry.field(description="A draft, or what is not in effect yet.")
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="An object of configuration that is to be as it was.")
class RollBackConfigurationInput:
    kind: ConfigurationKind = strawberry.field(description="The kind of the object.")
    object_key: str = strawberry.field(description="The object: a global id, or a code.")
    version: int = strawberry.field(
        description="The version it goes back to; 0: how it was before its first change request."
    )
    reason: str = strawberry.field(description="Why, for who decides.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when; as soon as it is approved if absent."
    )


@strawberry.type(description="What became of a change request.")
class ConfigurationChangePayload:
    change_request: ChangeRequest | None = strawberry.field(description="The change request.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


Change = Annotated[ConfigurationChangeInput, strawberry.argument(description="Which one.")]


@strawberry.type
class ChangeRequestMutation:
    @strawberry.mutation(description="Draft a change of configuration. Needs governance.propose.")
    async def draft_configuration_change(
        self,
        info: Info,
        input: Annotated[
            DraftConfigurationChangeInput, strawberry.argument(description="The change.")
        ],
    ) -> ConfigurationChangePayload:
        async def draft(work: Work) -> dict[str, Any]:
            work.require("governance.propose")
            kind, key, proposal = await proposed(work, input.proposal)
            fields = given(input, "title", "reason", "effective_from")
            change_id = await operations.draft_change(
                work, kind=kind, key=key, proposal=proposal, **fields
            )
            return {"id": change_id}

        return await _done(info, draft, input)

    @strawberry.mutation(description="Revise a draft of one's own. Needs governance.propose.")
    async def revise_configuration_change(
        self,
        info: Info,
        input: Annotated[
            ReviseConfigurationChangeInput, strawberry.argument(description="The changes.")
        ],
    ) -> ConfigurationChangePayload:
        change_id = row_id_of(input.id, "ChangeRequest")

        async def revise(work: Work) -> dict[str, Any]:
            work.require("governance.propose")
            fields = given(input, "title", "reason", "effective_from", "expected_version")
            if input.proposal is not None:
                kind, key, proposal = await proposed(work, input.proposal)
                fields |= {"proposal": proposal, "of": (kind, key)}
            await operations.revise_change(work, change_id=change_id, **fields)
            return {"id": change_id}

        return await _done(info, revise, input)

    @strawberry.mutation(
        description="Ask for approval of a draft of one's own: first of the owner of its process. "
        "Needs governance.propose."
    )
    async def submit_configuration_change(
        self, info: Info, input: Change
    ) -> ConfigurationChangePayload:
        change_id = row_id_of(input.id, "ChangeRequest")

        async def submit(work: Work) -> dict[str, Any]:
            await operations.submit_change(work, change_id=change_id)
            return {"id": change_id}

        return await _done(info, submit, input)

    @strawberry.mutation(
        description="Give up a draft, or an approved change that is not in effect yet: one's own, "
        "or with governance.manage anybody's. Needs governance.propose."
    )
    async def discard_configuration_change(
        self,
        info: Info,
        input: Annotated[
            DiscardConfigurationChangeInput, strawberry.argument(description="Which one, and why.")
        ],
    ) -> ConfigurationChangePayload:
        change_id = row_id_of(input.id, "ChangeRequest")

        async def discard(work: Work) -> dict[str, Any]:
            await operations.discard_change(work, change_id=change_id, reason=input.reason)
            return {"id": change_id}

        return await _done(info, discard, input)

    @strawberry.mutation(
        description="Draft once more what came to nothing, upon what stands now. "
        "Needs governance.propose."
    )
    async def redraft_configuration_change(
        self, info: Info, input: Change
    ) -> ConfigurationChangePayload:
        change_id = row_id_of(input.id, "ChangeRequest")

        async def redraft(work: Work) -> dict[str, Any]:
            return {"id": await operations.redraft_change(work, change_id=change_id)}

        return await _done(info, redraft, input)

    @strawberry.mutation(
        description="Draft the change that takes an object back to a version of it. "
        "Needs governance.propose."
    )
    async def roll_back_configuration(
        self,
        info: Info,
        input: Annotated[
            RollBackConfigurationInput, strawberry.argument(description="The object and version.")
        ],
    ) -> ConfigurationChangePayload:
        key = kept_key(str(input.kind.value), input.object_key)

        async def roll_back(work: Work) -> dict[str, Any]:
            fields = given(input, "kind", "version", "reason", "effective_from")
            return {"id": await roll_back_configuration(work, key=key, **fields)}

        return await _done(info, roll_back, input)


async def _done(info: Info, run: Operation, input: object) -> ConfigurationChangePayload:
    done = await perform(info, run, input=input)
    change = await info.context.load_done(load_change_requests, done["id"])
    return ConfigurationChangePayload(change_request=change, user_errors=done.user_errors)
