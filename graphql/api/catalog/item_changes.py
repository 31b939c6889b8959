"""Items are created, changed and activated through the API."""

from typing import Annotated, Any

import strawberry

from api.catalog.items import Item, ItemKind, ItemStatus, ItemTracking, load_items
from api.context import Info
from api.ids import global_id, row_id_of
from api.inputs import given
from api.user_errors import UserError, answers
from api.writing import perform
from domain.catalog.operations import items as operations
from domain.catalog.outcomes import BaseUnitInUse
from domain.kernel.work import Work


@strawberry.input(description="A new item.")
class CreateItemInput:
    sku: str = strawberry.field(description="The tenant's own code, unique.")
    name: str = strawberry.field(description="Its name.")
    base_unit: str = strawberry.field(
        description="The unit its quantities are kept in, such as each."
    )
    description: str | None = strawberry.field(default=None, description="More about it.")
    tracking: ItemTracking = strawberry.field(
        default=ItemTracking.NONE, description="How pieces are told apart."
    )
    kind: ItemKind = strawberry.field(
        default=ItemKind.STOCK, description="KIT for one without stock of its own."
    )
    tax_code: str | None = strawberry.field(default=None, description="The tenant's tax code.")
    item_group: str | None = strawberry.field(default=None, description="Its group of items.")
    status: ItemStatus = strawberry.field(
        default=ItemStatus.ACTIVE, description="DRAFT to have it reviewed first."
    )


@strawberry.type(description="What createItem did.")
class CreateItemPayload:
    item: Item | None = strawberry.field(description="The new item.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of an item; fields left out stay as they are.")
class UpdateItemInput:
    id: strawberry.ID = strawberry.field(description="The item's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    sku: str | None = strawberry.field(default=strawberry.UNSET, description="New SKU.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="New description; null: none."
    )
    base_unit: str | None = strawberry.field(
        default=strawberry.UNSET, description="New base unit; only while nothing counts in it."
    )
    tracking: ItemTracking | None = strawberry.field(
        default=strawberry.UNSET, description="New tracking."
    )
    kind: ItemKind | None = strawberry.field(
        default=strawberry.UNSET, description="New kind; only before there is stock."
    )
    item_group: str | None = strawberry.field(
        default=strawberry.UNSET, description="New group of items; null: none."
    )
    tax_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="New tax code; null: none."
    )
    status: ItemStatus | None = strawberry.field(
        default=strawberry.UNSET, description="New status."
    )


@strawberry.type(description="What updateItem did.")
class UpdateItemPayload:
    item: Item | None = strawberry.field(description="The item as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="A draft item that was reviewed.")
class ActivateItemInput:
    id: strawberry.ID = strawberry.field(description="The item's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.type(description="What activateItem did.")
class ActivateItemPayload:
    item: Item | None = strawberry.field(description="The item as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


def _uses(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "item_id": global_id("Item", fields["item_id"]),
        "base_unit": fields["base_unit"],
        "used_by": fields["used_by"],
    }


@answers(BaseUnitInUse, convert=_uses)
@strawberry.type(description="Quantities are kept in the base unit, so it can no longer change.")
class BaseUnitInUseError(UserError):
    item_id: strawberry.ID = strawberry.field(description="The item.")
    base_unit: str = strawberry.field(description="Its base unit.")
    used_by: list[str] = strawberry.field(
        description="What counts in it: stock, orders, prices, units."
    )


_FIELDS = (
    "sku",
    "name",
    "description",
    "base_unit",
    "tracking",
    "kind",
    "tax_code",
    "item_group",
    "status",
)


@strawberry.type
class ItemMutation:
    @strawberry.mutation(description="Create an item. Needs catalog.manage.")
    async def create_item(
        self,
        info: Info,
        input: Annotated[CreateItemInput, strawberry.argument(description="The item.")],
    ) -> CreateItemPayload:
        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_item(work, **given(input))}

        done = await perform(info, create, input=input)
        item = await info.context.load_done(load_items, done["id"])
        return CreateItemPayload(item=item, user_errors=done.user_errors)

    @strawberry.mutation(description="Change an item. Needs catalog.manage.")
    async def update_item(
        self,
        info: Info,
        input: Annotated[UpdateItemInput, strawberry.argument(description="The changes.")],
    ) -> UpdateItemPayload:
        item_id = row_id_of(input.id, "Item")

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_item(
                work,
                item_id=item_id,
                expected_version=input.expected_version,
                **given(input, *_FIELDS),
            )
            return {"id": item_id}

        done = await perform(info, update, input=input)
        item = await info.context.load_done(load_items, done["id"])
        return UpdateItemPayload(item=item, user_errors=done.user_errors)

    @strawberry.mutation(description="Accept a draft item after review. Needs catalog.manage.")
    async def activate_item(
        self,
        info: Info,
        input: Annotated[ActivateItemInput, strawberry.argument(description="Which one.")],
    ) -> ActivateItemPayload:
        item_id = row_id_of(input.id, "Item")

        async def activate(work: Work) -> dict[str, Any]:
            await operations.activate_item(
                work, item_id=item_id, expected_version=input.expected_version
            )
            return {"id": item_id}

        done = await perform(info, activate, input=input)
        item = await info.context.load_done(load_items, done["id"])
        return ActivateItemPayload(item=item, user_errors=done.user_errors)
