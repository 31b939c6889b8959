"""Parties are created and changed through the API."""

from typing import Annotated, Any

import strawberry

from api.addresses import AddressInput, address_fields
from api.context import Info
from api.entities.parties import AddressKind, Party, PartyStatus, load_parties
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError, answers
from api.writing import perform
from domain.entities.operations import parties as operations
from domain.entities.operations.party_addresses import AddressUnderCode, set_party_addresses
from domain.entities.outcomes import PartyCycle
from domain.kernel.work import Work


@strawberry.input(description="An address of a party, under the party's own code for it.")
class PartyAddressInput:
    kind: AddressKind = strawberry.field(description="What it is for.")
    code: str = strawberry.field(description="The party's own code for it, such as a store number.")
    address: AddressInput = strawberry.field(description="The address.")

    def plain(self) -> AddressUnderCode:
        """As the domain takes it."""
        return AddressUnderCode(
            kind=str(self.kind.value),
            code=self.code,
            address=address_fields(self.address),  # type: ignore[arg-type]
        )


@strawberry.input(
    description="A new party: a customer, a supplier, a carrier, or several of these."
)
class CreatePartyInput:
    code: str = strawberry.field(description="Short and unique.")
    name: str = strawberry.field(description="Its name.")
    is_customer: bool = strawberry.field(default=False, description="It buys from us.")
    is_supplier: bool = strawberry.field(default=False, description="We buy from it.")
    is_carrier: bool = strawberry.field(default=False, description="It carries goods for us.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The party above it."
    )
    bill_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="The party that gets its invoices; itself if left out."
    )
    currency: str | None = strawberry.field(default=None, description="ISO 4217.")
    email: str | None = strawberry.field(default=None, description="Where it is written to.")
    customer_group: str | None = strawberry.field(
        default=None, description="Its group of customers."
    )
    substitutes_allowed: bool = strawberry.field(
        default=False, description="Whether other items may stand in for what it orders."
    )
    early_delivery_allowed: bool = strawberry.field(
        default=True,
        description="Whether what it orders may be there before the day on which it wants it.",
    )
    addresses: list[PartyAddressInput] = strawberry.field(
        default_factory=list, description="Its addresses, at most 1,000."
    )


@strawberry.type(description="What createParty did.")
class CreatePartyPayload:
    party: Party | None = strawberry.field(description="The new party.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of a party; fields left out stay as they are.")
class UpdatePartyInput:
    id: strawberry.ID = strawberry.field(description="The party's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    code: str | None = strawberry.field(default=strawberry.UNSET, description="New code.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    is_customer: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it buys from us."
    )
    is_supplier: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether we buy from it."
    )
    is_carrier: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it carries goods for us."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="New party above it; null: none."
    )
    bill_to_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="New receiver of its invoices; null: itself."
    )
    currency: str | None = strawberry.field(
        default=strawberry.UNSET, description="New currency; null: none."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="New address for e-mail; null: none."
    )
    customer_group: str | None = strawberry.field(
        default=strawberry.UNSET, description="New group of customers; null: none."
    )
    substitutes_allowed: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether other items may stand in from now on."
    )
    early_delivery_allowed: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether what it orders may be there before its wanted day from now on.",
    )
    status: PartyStatus | None = strawberry.field(
        default=strawberry.UNSET, description="New status; ACTIVE accepts a draft."
    )


@strawberry.type(description="What updateParty did.")
class UpdatePartyPayload:
    party: Party | None = strawberry.field(description="The party as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


def _ids(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "party_id": global_id("Party", fields["party_id"]),
        "parent_id": global_id("Party", fields["parent_id"]),
    }


@answers(PartyCycle, convert=_ids)
@strawberry.type(description="The party would stand above itself.")
class PartyCycleError(UserError):
    party_id: strawberry.ID = strawberry.field(description="The party.")
    parent_id: strawberry.ID = strawberry.field(description="What was to stand above it.")


_FIELDS = (
    "code",
    "name",
    "is_customer",
    "is_supplier",
    "is_carrier",
    "currency",
    "email",
    "customer_group",
    "substitutes_allowed",
    "early_delivery_allowed",
)


def _fields(input: CreatePartyInput | UpdatePartyInput, *names: str) -> dict[str, Any]:
    fields = given(input, *_FIELDS, *names)
    for name, path in (("parent_id", "parentId"), ("bill_to_id", "billToId")):
        value = getattr(input, name)
        if value is not strawberry.UNSET:
            fields[name] = optional_row_id(value, "Party", path=(path,))
    return fields


@strawberry.type
class PartyMutation:
    @strawberry.mutation(description="Create a party. Needs entities.manage.")
    async def create_party(
        self,
        info: Info,
        input: Annotated[CreatePartyInput, strawberry.argument(description="The party.")],
    ) -> CreatePartyPayload:
        async def create(work: Work) -> dict[str, Any]:
            party_id = await operations.create_party(work, **_fields(input))
            if input.addresses:
                addresses = [address.plain() for address in input.addresses]
                await set_party_addresses(work, party_id=party_id, addresses=addresses)
            return {"id": party_id}

        done = await perform(info, create, input=input)
        party = await info.context.load_done(load_parties, done["id"])
        return CreatePartyPayload(party=party, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a party. Needs entities.manage.")
    async def update_party(
        self,
        info: Info,
        input: Annotated[UpdatePartyInput, strawberry.argument(description="The changes.")],
    ) -> UpdatePartyPayload:
        party_id = row_id_of(input.id, "Party")

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_party(
                work,
                party_id=party_id,
                expected_version=input.expected_version,
                **_fields(input, "status"),
            )
            return {"id": party_id}

        done = await perform(info, update, input=input)
        party = await info.context.load_done(load_parties, done["id"])
        return UpdatePartyPayload(party=party, user_errors=done.user_errors)
