"""An item's units and codes are set through the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.catalog.items import IdentifierScheme, Item, load_items
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.catalog.operations import item_identifiers, item_units
from domain.catalog.outcomes import ItemCodeTaken
from domain.catalog.policy import IdentifierKey
from domain.kernel.work import Work


@strawberry.input(description="A unit of an item: numerator/denominator base units, exactly.")
class SetItemUnitInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit: str = strawberry.field(
        description="Such as case; another spelling of a unit it has (CS) changes that one."
    )
    numerator: Decimal = strawberry.field(description="Above zero, at most 6 decimals.")
    denominator: Decimal = strawberry.field(
        default=Decimal(1), description="Above zero, at most 6 decimals."
    )


@strawberry.input(description="A code of an item, in its scheme.")
class ItemIdentifierInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    scheme: IdentifierScheme = strawberry.field(description="Whose code it is.")
    value: str = strawberry.field(description="The code; a GTIN with its check digit.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel, for scheme CHANNEL only."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The party, for schemes SUPPLIER and CUSTOMER only."
    )

    def key(self) -> IdentifierKey:
        """As the domain takes it."""
        return IdentifierKey(
            scheme=str(self.scheme.value),
            value=self.value,
            channel_id=optional_row_id(self.channel_id, "Channel", path=("channelId",)),
            party_id=optional_row_id(self.party_id, "Party", path=("partyId",)),
        )


@strawberry.input(description="A code for an item.")
class AssignItemIdentifierInput(ItemIdentifierInput):
    unit: str | None = strawberry.field(
        default=None, description="The item's unit that the code names, such as case."
    )


@strawberry.input(description="A code to take away from an item.")
class RemoveItemIdentifierInput(ItemIdentifierInput):
    pass


@strawberry.type(description="What became of an item's units or codes.")
class ItemPayload:
    item: Item | None = strawberry.field(description="The item as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


def _holder(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": fields["kind"],
        "value": fields["value"],
        "item_id": global_id("Item", fields["item_id"]),
        "sku": fields["sku"],
    }


@answers(ItemCodeTaken, convert=_holder)
@strawberry.type(description="Another item has this code.")
class ItemCodeTakenError(UserError):
    kind: str = strawberry.field(description="The kind of code.")
    value: str = strawberry.field(description="The code.")
    item_id: strawberry.ID = strawberry.field(description="The item that has it.")
    sku: str = strawberry.field(description="That item's SKU.")


async def _done(info: Info, run: Operation, input: object) -> ItemPayload:
    done = await perform(info, run, input=input)
    item = await info.context.load_done(load_items, done["id"])
    return ItemPayload(item=item, user_errors=done.user_errors)


@strawberry.type
class ItemCodeMutation:
    @strawberry.mutation(description="Set or change a unit of an item. Needs catalog.manage.")
    async def set_item_unit(
        self,
        info: Info,
        input: Annotated[SetItemUnitInput, strawberry.argument(description="The unit.")],
    ) -> ItemPayload:
        item_id = row_id_of(input.item_id, "Item", path=("itemId",))

        async def write(work: Work) -> dict[str, Any]:
            await item_units.set_item_unit(
                work,
                item_id=item_id,
                unit=input.unit,
                numerator=input.numerator,
                denominator=input.denominator,
            )
            return {"id": item_id}

        return await _done(info, write, input)

    @strawberry.mutation(description="Give an item a further code. Needs catalog.manage.")
    async def assign_item_identifier(
        self,
        info: Info,
        input: Annotated[AssignItemIdentifierInput, strawberry.argument(description="The code.")],
    ) -> ItemPayload:
        item_id = row_id_of(input.item_id, "Item", path=("itemId",))
        key = input.key()

        async def assign(work: Work) -> dict[str, Any]:
            await item_identifiers.assign_item_identifier(
                work, item_id=item_id, key=key, unit=input.unit
            )
            return {"id": item_id}

        return await _done(info, assign, input)

    @strawberry.mutation(description="Take a code of an item away. Needs catalog.manage.")
    async def remove_item_identifier(
        self,
        info: Info,
        input: Annotated[RemoveItemIdentifierInput, strawberry.argument(description="The code.")],
    ) -> ItemPayload:
        item_id = row_id_of(input.item_id, "Item", path=("itemId",))
        key = input.key()

        async def remove(work: Work) -> dict[str, Any]:
            await item_identifiers.remove_item_identifier(work, item_id=item_id, key=key)
            return {"id": item_id}

        return await _done(info, remove, input)
