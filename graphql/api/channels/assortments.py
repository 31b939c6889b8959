"""What channels and customers are offered, on the API."""

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.user_errors import UserError
from api.writing import perform
from domain.channels.operations import change_assortment
from domain.kernel.bulk import require_bulk_size
from domain.kernel.work import Work


@strawberry.input(description="Which items a channel or a customer is offered.")
class ChangeAssortmentInput:
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel; or a customer."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer, with those below it that have none of their own."
    )
    limited: bool = strawberry.field(
        default=True, description="Whether only some items are offered; false: everything again."
    )
    add_item_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Offered from now on; up to 1,000."
    )
    remove_item_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Offered no more; up to 1,000."
    )


@strawberry.type(description="What changeAssortment did.")
class ChangeAssortmentPayload:
    limited: bool | None = strawberry.field(
        description="Whether only some items are offered now; null when nothing was changed."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was changed.")


@strawberry.type
class AssortmentMutation:
    @strawberry.mutation(
        description="Offer a channel or a customer only some items, more or fewer of them, or "
        "everything again. Needs channels.manage."
    )
    async def change_assortment(
        self,
        info: Info,
        input: Annotated[ChangeAssortmentInput, strawberry.argument(description="What changes.")],
    ) -> ChangeAssortmentPayload:
        fields: dict[str, Any] = {
            "channel_id": optional_row_id(input.channel_id, "Channel", path=("channelId",)),
            "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
            "limited": input.limited,
            "add": _rows(input.add_item_ids, "addItemIds"),
            "remove": _rows(input.remove_item_ids, "removeItemIds"),
        }

        async def run(work: Work) -> dict[str, Any]:
            await change_assortment(work, **fields)
            return {"limited": input.limited}

        done = await perform(info, run, input=input)
        return ChangeAssortmentPayload(limited=done["limited"], user_errors=done.user_errors)


def _rows(ids: list[strawberry.ID], name: str) -> list[int]:
    if ids:
        require_bulk_size(len(ids), path=(name,))
    return [row_id_of(each, "Item", path=(name, place)) for place, each in enumerate(ids)]
