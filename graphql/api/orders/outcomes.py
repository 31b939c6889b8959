"""What may be refused when orders are placed or changed, as typed user errors."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.ids import global_id
from api.nodes import Node, load_any
from api.orders.kits import OrderKit, load_order_kits
from api.user_errors import UserError, answers, decimals
from domain.allocation.outcomes import (
    CancellationTooMuch,
    ChannelClosed,
    ComponentOfKit,
    CustomerNotActive,
    DuplicateExternalOrder,
    ItemNotSellable,
    ItemUnknown,
    KitsNotWhole,
    KitWithoutComponents,
    PriceMissing,
    UnitUnknown,
)


def _renamed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda fields: {new if name == old else name: v for name, v in fields.items()}


@answers(ItemUnknown, convert=_renamed("code", "item_code"))
@strawberry.type(description="No item is known under this code.")
class ItemUnknownError(UserError):
    item_code: str = strawberry.field(description="The code.")


@answers(ItemNotSellable)
@strawberry.type(description="The item is not for sale.")
class ItemNotSellableError(UserError):
    sku: str = strawberry.field(description="The item.")
    status: str = strawberry.field(description="Its state: draft or discontinued.")


@answers(UnitUnknown)
@strawberry.type(description="The item is not sold in this unit.")
class UnitUnknownError(UserError):
    sku: str = strawberry.field(description="The item.")
    unit: str = strawberry.field(description="The unit that was asked for.")
    allowed: list[str] = strawberry.field(description="The units it is sold in.")


@answers(PriceMissing)
@strawberry.type(description="No price list has a price for this.")
class PriceMissingError(UserError):
    sku: str = strawberry.field(description="The item.")
    unit: str = strawberry.field(description="The unit.")
    currency: str = strawberry.field(description="The currency.")


@answers(DuplicateExternalOrder)
@strawberry.type(description="The channel's order exists already.")
class DuplicateExternalOrderError(UserError):
    external_id: str = strawberry.field(description="The channel's id for it.")
    number: str = strawberry.field(description="The number of the order that exists.")
    order_id: strawberry.Private[int]

    @strawberry.field(description="The order that exists.")
    async def order(self, info: Info) -> Node | None:
        found: Node | None = await info.context.load(load_any, global_id("Order", self.order_id))
        return found


@answers(ChannelClosed, convert=_renamed("code", "channel_code"))
@strawberry.type(description="The channel takes no orders any more.")
class ChannelClosedError(UserError):
    channel_code: str = strawberry.field(description="The channel.")


@answers(CustomerNotActive, convert=_renamed("code", "party_code"))
@strawberry.type(description="The party is no customer, or not an active one.")
class CustomerNotActiveError(UserError):
    party_code: str = strawberry.field(description="The party.")
    status: str = strawberry.field(description="Its state.")


@answers(CancellationTooMuch, convert=decimals("requested", "available"))
@strawberry.type(description="More was to be taken off a line than can still be.")
class CancellationTooMuchError(UserError):
    line_number: int = strawberry.field(description="The line.")
    requested: Decimal = strawberry.field(description="What was asked for, in base units.")
    available: Decimal = strawberry.field(description="What can be taken off, in base units.")


@answers(KitWithoutComponents)
@strawberry.type(description="The kit that is ordered is made of nothing yet.")
class KitWithoutComponentsError(UserError):
    item_id: strawberry.Private[int]

    @strawberry.field(description="The kit.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(KitsNotWhole, convert=decimals("requested"))
@strawberry.type(description="A part of a kit was asked for.")
class KitsNotWholeError(UserError):
    requested: Decimal = strawberry.field(description="How many kits were asked for.")


@answers(ComponentOfKit)
@strawberry.type(description="The line is a component of a kit: change the kit instead.")
class ComponentOfKitError(UserError):
    line_number: int = strawberry.field(description="The line.")
    kit_id: strawberry.Private[int]

    @strawberry.field(description="The kit.")
    async def kit(self, info: Info) -> OrderKit | None:
        return await info.context.load(load_order_kits, self.kit_id)
