"""What a kit is made of, told through the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.ids import row_id_of
from api.user_errors import UserError, answers
from api.writing import perform
from domain.catalog.operations.kits import ComponentLine, set_kit_components
from domain.catalog.outcomes import KitOfItself
from domain.kernel.work import Work


@answers(KitOfItself)
@strawberry.type(description="The item would be among its own components, at some depth.")
class KitOfItselfError(UserError):
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.input(description="What goes into one base unit of a kit.")
class KitComponentInput:
    item_id: strawberry.ID = strawberry.field(description="The component.")
    quantity: Decimal = strawberry.field(description="How many of the unit; exact.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the component; its base unit if absent."
    )


@strawberry.input(description="What a kit is made of, in place of what was told before.")
class SetKitComponentsInput:
    item_id: strawberry.ID = strawberry.field(description="The kit.")
    components: list[KitComponentInput] = strawberry.field(
        description="At most 100; none: it is no kit any more."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the item changed since this version was read."
    )


@strawberry.type(description="What setKitComponents did.")
class SetKitComponentsPayload:
    item: Item | None = strawberry.field(description="The kit as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class KitMutation:
    @strawberry.mutation(
        description="Tell what one base unit of an item is made of. Needs catalog.manage."
    )
    async def set_kit_components(
        self,
        info: Info,
        input: Annotated[SetKitComponentsInput, strawberry.argument(description="The kit.")],
    ) -> SetKitComponentsPayload:
        item_id = row_id_of(input.item_id, "Item", path=("itemId",))
        components = [
            ComponentLine(
                item_id=row_id_of(each.item_id, "Item", path=("components", n, "itemId")),
                quantity=each.quantity,
                unit=each.unit,
            )
            for n, each in enumerate(input.components)
        ]

        async def tell(work: Work) -> dict[str, Any]:
            await set_kit_components(
                work,
                item_id=item_id,
                components=components,
                expected_version=input.expected_version,
            )
            return {"id": item_id}

        done = await perform(info, tell, input=input)
        item = await info.context.load_done(load_items, done["id"])
        return SetKitComponentsPayload(item=item, user_errors=done.user_errors)
