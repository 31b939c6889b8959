"""Mending what waits: mapping codes, and replaying messages."""

from typing import Annotated, Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.parties import Party, load_parties
from api.ids import row_id_of
from api.intake.messages import IntakeMessage, load_messages
from api.user_errors import UserError
from api.writing import perform
from domain.intake import operations
from domain.kernel.work import Work


@strawberry.input(description="Which message to process again.")
class ReplayIntakeMessageInput:
    id: strawberry.ID = strawberry.field(description="The message.")


@strawberry.type(description="What replayIntakeMessage did.")
class ReplayIntakeMessagePayload:
    message: IntakeMessage | None = strawberry.field(description="The message as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not replayed.")


@strawberry.input(description="By which code a channel knows an item.")
class MapItemCodeInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    code: str = strawberry.field(description="The code in its documents.")
    item_id: strawberry.ID = strawberry.field(description="The item it means.")
    unit: str | None = strawberry.field(
        default=None, description="The item's unit that the code means, such as case."
    )


@strawberry.type(description="What mapItemCode did.")
class MapItemCodePayload:
    item: Item | None = strawberry.field(description="The item as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="By which code a channel knows a party.")
class MapPartyCodeInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    code: str = strawberry.field(description="The code in its documents.")
    party_id: strawberry.ID = strawberry.field(description="The party it means.")


@strawberry.type(description="What mapPartyCode did.")
class MapPartyCodePayload:
    party: Party | None = strawberry.field(description="The party as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class MendingMutation:
    @strawberry.mutation(
        description="Process a message again, when what it waited for is mended. "
        "Needs intake.manage."
    )
    async def replay_intake_message(
        self,
        info: Info,
        input: Annotated[ReplayIntakeMessageInput, strawberry.argument(description="Which.")],
    ) -> ReplayIntakeMessagePayload:
        message_id = row_id_of(input.id, "IntakeMessage")

        async def replay(work: Work) -> dict[str, Any]:
            await operations.replay_message(work, message_id=message_id)
            return {"id": message_id}

        done = await perform(info, replay, input=input, key_required=True)
        message = await info.context.load_done(load_messages, done["id"])
        return ReplayIntakeMessagePayload(message=message, user_errors=done.user_errors)

    @strawberry.mutation(description="Say which item a channel's code means. Needs intake.manage.")
    async def map_item_code(
        self,
        info: Info,
        input: Annotated[MapItemCodeInput, strawberry.argument(description="The code.")],
    ) -> MapItemCodePayload:
        channel_id = row_id_of(input.channel_id, "Channel", path=("channelId",))
        item_id = row_id_of(input.item_id, "Item", path=("itemId",))

        async def assign(work: Work) -> dict[str, Any]:
            await operations.map_item_code(
                work, channel_id=channel_id, code=input.code, item_id=item_id, unit=input.unit
            )
            return {"id": item_id}

        done = await perform(info, assign, input=input)
        item = await info.context.load_done(load_items, done["id"])
        return MapItemCodePayload(item=item, user_errors=done.user_errors)

    @strawberry.mutation(description="Say which party a channel's code means. Needs intake.manage.")
    async def map_party_code(
        self,
        info: Info,
        input: Annotated[MapPartyCodeInput, strawberry.argument(description="The code.")],
    ) -> MapPartyCodePayload:
        channel_id = row_id_of(input.channel_id, "Channel", path=("channelId",))
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))

        async def assign(work: Work) -> dict[str, Any]:
            await operations.map_party_code(
                work, channel_id=channel_id, code=input.code, party_id=party_id
            )
            return {"id": party_id}

        done = await perform(info, assign, input=input)
        party = await info.context.load_done(load_parties, done["id"])
        return MapPartyCodePayload(party=party, user_errors=done.user_errors)
