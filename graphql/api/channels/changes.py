"""Channels are created and changed through the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.channels.channels import (
    AvailabilityShown,
    Channel,
    ChannelKind,
    ChannelSource,
    PriceSource,
    UnknownRule,
    load_channels,
)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform
from domain.channels import operations
from domain.kernel.work import Work


@strawberry.input(description="A new channel.")
class CreateChannelInput:
    code: str = strawberry.field(description="Short and unique, such as SHOP.")
    name: str = strawberry.field(description="Its name.")
    kind: ChannelKind = strawberry.field(description="What kind of channel it is.")
    source: ChannelSource = strawberry.field(description="Who shapes and signs its documents.")
    entity_id: strawberry.ID = strawberry.field(description="The legal entity that sells on it.")
    currency: str | None = strawberry.field(
        default=strawberry.UNSET, description="ISO 4217; the entity's if left out."
    )
    default_party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer of orders that name none."
    )
    on_unknown_item: UnknownRule = strawberry.field(
        default=UnknownRule.EXCEPTION, description="Its rule for unknown items."
    )
    on_unknown_party: UnknownRule = strawberry.field(
        default=UnknownRule.EXCEPTION, description="Its rule for unknown customers."
    )
    price_source: PriceSource = strawberry.field(
        default=PriceSource.DOCUMENT, description="Whose prices its orders get."
    )
    split_allowed: bool = strawberry.field(
        default=True, description="Whether an order may ship from several locations."
    )
    availability_shown: AvailabilityShown = strawberry.field(
        default=AvailabilityShown.EXACT, description="What customers are told of what is there."
    )
    availability_cap: Decimal | None = strawberry.field(
        default=None, description="The most that they are told, in base units; all if absent."
    )
    low_below: Decimal = strawberry.field(
        default=Decimal(10), description="Below so many base units an item counts as low."
    )


@strawberry.type(description="What createChannel did.")
class CreateChannelPayload:
    channel: Channel | None = strawberry.field(description="The new channel.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of a channel; fields left out stay as they are.")
class UpdateChannelInput:
    id: strawberry.ID = strawberry.field(description="The channel's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    code: str | None = strawberry.field(default=strawberry.UNSET, description="New code.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    kind: ChannelKind | None = strawberry.field(default=strawberry.UNSET, description="New kind.")
    source: ChannelSource | None = strawberry.field(
        default=strawberry.UNSET, description="New source."
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="New selling entity."
    )
    currency: str | None = strawberry.field(default=strawberry.UNSET, description="New currency.")
    default_party_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="New default customer; null: none."
    )
    on_unknown_item: UnknownRule | None = strawberry.field(
        default=strawberry.UNSET, description="New rule for unknown items."
    )
    on_unknown_party: UnknownRule | None = strawberry.field(
        default=strawberry.UNSET, description="New rule for unknown customers."
    )
    price_source: PriceSource | None = strawberry.field(
        default=strawberry.UNSET, description="New source of prices."
    )
    split_allowed: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether an order may ship from several locations."
    )
    availability_shown: AvailabilityShown | None = strawberry.field(
        default=strawberry.UNSET, description="What customers are told of what is there."
    )
    availability_cap: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The most that they are told; null: all."
    )
    low_below: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Below so many base units an item counts as low."
    )
    status: str | None = strawberry.field(
        default=strawberry.UNSET, description="Either active or closed."
    )


@strawberry.type(description="What updateChannel did.")
class UpdateChannelPayload:
    channel: Channel | None = strawberry.field(description="The channel as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="A channel's signing secret. It can be replaced, never read.")
class SetChannelSecretInput:
    id: strawberry.ID = strawberry.field(description="The channel's id.")
    secret: str | None = strawberry.field(
        description="16 to 1,024 printable ASCII characters, as the source gave it; null: none."
    )


@strawberry.type(description="What setChannelSecret did.")
class SetChannelSecretPayload:
    channel: Channel | None = strawberry.field(description="The channel as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


_FIELDS = (
    "code",
    "name",
    "kind",
    "source",
    "currency",
    "on_unknown_item",
    "on_unknown_party",
    "price_source",
    "split_allowed",
    "availability_shown",
    "availability_cap",
    "low_below",
)


def _fields(input: CreateChannelInput | UpdateChannelInput, *names: str) -> dict[str, Any]:
    fields = given(input, *_FIELDS, *names)
    if input.entity_id is not strawberry.UNSET:
        fields["entity_id"] = optional_row_id(input.entity_id, "LegalEntity", path=("entityId",))
    if input.default_party_id is not strawberry.UNSET:
        fields["default_party_id"] = optional_row_id(
            input.default_party_id, "Party", path=("defaultPartyId",)
        )
    return fields


@strawberry.type
class ChannelMutation:
    @strawberry.mutation(description="Create a channel. Needs channels.manage.")
    async def create_channel(
        self,
        info: Info,
        input: Annotated[CreateChannelInput, strawberry.argument(description="The channel.")],
    ) -> CreateChannelPayload:
        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_channel(work, **_fields(input))}

        done = await perform(info, create, input=input)
        channel = await info.context.load_done(load_channels, done["id"])
        return CreateChannelPayload(channel=channel, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a channel. Needs channels.manage.")
    async def update_channel(
        self,
        info: Info,
        input: Annotated[UpdateChannelInput, strawberry.argument(description="The changes.")],
    ) -> UpdateChannelPayload:
        channel_id = row_id_of(input.id, "Channel")

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_channel(
                work,
                channel_id=channel_id,
                expected_version=input.expected_version,
                **_fields(input, "status"),
            )
            return {"id": channel_id}

        done = await perform(info, update, input=input)
        channel = await info.context.load_done(load_channels, done["id"])
        return UpdateChannelPayload(channel=channel, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Set, replace or take away the signing secret. Needs channels.manage."
    )
    async def set_channel_secret(
        self,
        info: Info,
        input: Annotated[SetChannelSecretInput, strawberry.argument(description="The secret.")],
    ) -> SetChannelSecretPayload:
        channel_id = row_id_of(input.id, "Channel")

        async def write(work: Work) -> dict[str, Any]:
            await operations.set_channel_secret(
                work,
                channel_id=channel_id,
                secret=input.secret,
                keys=info.context.services.keys,
            )
            return {"id": channel_id}

        done = await perform(info, write, input=input)
        channel = await info.context.load_done(load_channels, done["id"])
        return SetChannelSecretPayload(channel=channel, user_errors=done.user_errors)
