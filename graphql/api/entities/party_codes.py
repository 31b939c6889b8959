"""A party's addresses and the codes it is known by, through the API."""

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.entities.parties import AddressKind, Party, load_parties
from api.entities.party_changes import PartyAddressInput
from api.ids import global_id, optional_row_id, row_id_of
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.entities.operations import party_addresses, party_identifiers
from domain.entities.outcomes import PartyCodeTaken
from domain.kernel.work import Work


@strawberry.input(description="Addresses of a party, each in place of what stands under its code.")
class SetPartyAddressesInput:
    party_id: strawberry.ID = strawberry.field(description="The party.")
    addresses: list[PartyAddressInput] = strawberry.field(
        description="1 to 1,000 addresses; others stay as they are."
    )


@strawberry.input(description="Which address of a party to take away.")
class RemovePartyAddressInput:
    party_id: strawberry.ID = strawberry.field(description="The party.")
    kind: AddressKind = strawberry.field(description="What it is for.")
    code: str = strawberry.field(description="The party's code for it.")


@strawberry.input(description="A code by which a channel, or everyone, knows a party.")
class PartyIdentifierInput:
    party_id: strawberry.ID = strawberry.field(description="The party.")
    value: str = strawberry.field(description="The code.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel that knows it so; everywhere if left out."
    )


@strawberry.type(description="What became of a party's addresses or codes.")
class PartyPayload:
    party: Party | None = strawberry.field(description="The party as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


def _holder(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": fields["kind"],
        "value": fields["value"],
        "party_id": global_id("Party", fields["party_id"]),
        "party_code": fields["party_code"],
    }


@answers(PartyCodeTaken, convert=_holder)
@strawberry.type(description="Another party is known by this code there.")
class PartyCodeTakenError(UserError):
    kind: str = strawberry.field(description="The kind of code.")
    value: str = strawberry.field(description="The code.")
    party_id: strawberry.ID = strawberry.field(description="Who has it.")
    party_code: str = strawberry.field(description="That party's own code.")


async def _done(info: Info, run: Operation, input: object) -> PartyPayload:
    done = await perform(info, run, input=input)
    party = await info.context.load_done(load_parties, done["id"])
    return PartyPayload(party=party, user_errors=done.user_errors)


@strawberry.type
class PartyCodeMutation:
    @strawberry.mutation(description="Write addresses of a party. Needs entities.manage.")
    async def set_party_addresses(
        self,
        info: Info,
        input: Annotated[SetPartyAddressesInput, strawberry.argument(description="Addresses.")],
    ) -> PartyPayload:
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))

        async def write(work: Work) -> dict[str, Any]:
            addresses = [address.plain() for address in input.addresses]
            await party_addresses.set_party_addresses(work, party_id=party_id, addresses=addresses)
            return {"id": party_id}

        return await _done(info, write, input)

    @strawberry.mutation(description="Take an address of a party away. Needs entities.manage.")
    async def remove_party_address(
        self,
        info: Info,
        input: Annotated[RemovePartyAddressInput, strawberry.argument(description="Which one.")],
    ) -> PartyPayload:
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))

        async def remove(work: Work) -> dict[str, Any]:
            await party_addresses.remove_party_address(
                work, party_id=party_id, kind=str(input.kind.value), code=input.code
            )
            return {"id": party_id}

        return await _done(info, remove, input)

    @strawberry.mutation(description="Give a party a further code. Needs entities.manage.")
    async def assign_party_identifier(
        self,
        info: Info,
        input: Annotated[PartyIdentifierInput, strawberry.argument(description="The code.")],
    ) -> PartyPayload:
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))
        channel_id = optional_row_id(input.channel_id, "Channel", path=("channelId",))

        async def assign(work: Work) -> dict[str, Any]:
            await party_identifiers.assign_party_identifier(
                work, party_id=party_id, value=input.value, channel_id=channel_id
            )
            return {"id": party_id}

        return await _done(info, assign, input)

    @strawberry.mutation(description="Take a code of a party away. Needs entities.manage.")
    async def remove_party_identifier(
        self,
        info: Info,
        input: Annotated[PartyIdentifierInput, strawberry.argument(description="The code.")],
    ) -> PartyPayload:
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))
        channel_id = optional_row_id(input.channel_id, "Channel", path=("channelId",))

        async def remove(work: Work) -> dict[str, Any]:
            await party_identifiers.remove_party_identifier(
                work, party_id=party_id, value=input.value, channel_id=channel_id
            )
            return {"id": party_id}

        return await _done(info, remove, input)
