"""Items on the API."""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.supplier_items import ItemSupplier, load_item_suppliers
from api.channels.channels import Channel, load_channels
from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.entities.parties import Party, load_parties
from api.governance.field_values import (
    CONDITIONS_SAY,
    Conditions,
    custom_fields_of,
    narrowed,
)
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.catalog.policy import item_actions
from domain.catalog.queries import items as queries
from domain.channels.queries import offered_to
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="How single pieces of an item are told apart.")
class ItemTracking(Enum):
    NONE = strawberry.enum_value("none", description="They are not.")
    LOT = strawberry.enum_value("lot", description="By lot.")
    SERIAL = strawberry.enum_value("serial", description="By serial number.")


@strawberry.enum(description="Whether an item has stock of its own.")
class ItemKind(Enum):
    STOCK = strawberry.enum_value("stock", description="It has; kits of it are put together first.")
    KIT = strawberry.enum_value("kit", description="It has none; its components are sold with it.")


@strawberry.enum(description="Where an item stands.")
class ItemStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It is sold.")
    DRAFT = strawberry.enum_value("draft", description="Made from a document; waits for review.")
    DISCONTINUED = strawberry.enum_value("discontinued", description="It is no longer sold.")


@strawberry.enum(description="What can be done with an item.")
class ItemAction(Enum):
    UPDATE = strawberry.enum_value("update", description="updateItem and its units and codes.")
    ACTIVATE = strawberry.enum_value("activate", description="activateItem: accept the draft.")


@strawberry.enum(description="Whose code of an item it is.")
class IdentifierScheme(Enum):
    GTIN = strawberry.enum_value("gtin", description="GS1's number, as 14 digits.")
    SUPPLIER = strawberry.enum_value("supplier", description="A supplier's code.")
    CUSTOMER = strawberry.enum_value("customer", description="A customer's code.")
    CHANNEL = strawberry.enum_value("channel", description="A channel's code.")


@strawberry.type(description="A unit an item is ordered, bought or shipped in.")
class ItemUnit:
    unit: str = strawberry.field(description="Its name, such as case.")
    numerator: Decimal = strawberry.field(
        description="One of it is numerator/denominator base units, exactly."
    )
    denominator: Decimal = strawberry.field(description="1 but for fractions, such as 1/1000.")


@strawberry.type(description="A code by which the world knows an item.")
class ItemIdentifier:
    scheme: IdentifierScheme = strawberry.field(description="Whose code it is.")
    value: str = strawberry.field(description="The code.")
    unit: str | None = strawberry.field(description="The unit it names, if it names one.")
    channel_id: strawberry.Private[int | None]
    party_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel, when it is a channel's code.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The supplier or customer, when it is theirs.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)


@strawberry.type(description="What goes into one base unit of a kit.")
class KitComponent:
    quantity: Quantity = strawberry.field(description="How much of it, in its base unit; exact.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The component.")
    async def item(self, info: Info) -> Annotated["Item", strawberry.lazy(__name__)] | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(description="A thing that is bought, stocked and sold.")
class Item(Node):
    sku: str = strawberry.field(description="The tenant's own code, unique.")
    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="More about it.")
    base_unit: str = strawberry.field(description="The unit its quantities are kept in.")
    tracking: ItemTracking = strawberry.field(description="How pieces are told apart.")
    kind: ItemKind = strawberry.field(description="Whether it has stock of its own.")
    tax_code: str | None = strawberry.field(description="The tenant's tax code for it.")
    item_group: str | None = strawberry.field(
        description="The tenant's group of items it is in; policies may ask for it."
    )
    status: ItemStatus = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    row_id: strawberry.Private[int]
    custom_fields = custom_fields_of("item")

    @strawberry.field(description="Its units, the base unit (1/1) among them.")
    async def units(self, info: Info) -> list[ItemUnit]:
        return await info.context.load(load_item_units, self.row_id)

    @strawberry.field(description="What one base unit of it is made of; empty for no kit.")
    async def components(self, info: Info) -> list[KitComponent]:
        return await info.context.load(load_item_components, self.row_id)

    @strawberry.field(description="Its codes. A customer sees no other customer's.")
    async def identifiers(self, info: Info) -> list[ItemIdentifier]:
        return await info.context.load(load_item_identifiers, self.row_id)

    @strawberry.field(description="From whom it is bought, the quickest first; none for partners.")
    async def suppliers(self, info: Info) -> list[ItemSupplier]:
        return await info.context.load(load_item_suppliers, self.row_id)

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[ItemAction]:
        may_manage = info.context.principal.may("catalog.manage")
        return [
            ItemAction(action)
            for action in item_actions(str(self.status.value), may_manage=may_manage)
        ]

    @classmethod
    def of(cls, row: Row[Any]) -> "Item":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Item", row.id),
            sku=row.sku,
            name=row.name,
            description=row.description,
            base_unit=row.base_unit,
            tracking=ItemTracking(row.tracking),
            kind=ItemKind(row.kind),
            tax_code=row.tax_code,
            item_group=row.item_group,
            status=ItemStatus(row.status),
            version=row.version,
            row_id=row.id,
        )


async def load_items(reader: Reader, ids: Sequence[int]) -> list[Item | None]:
    """A batch for loaders: the items of these row ids, in order."""
    rows = await queries.items_of_ids(reader, ids=ids)
    return [Item.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_item_units(reader: Reader, ids: Sequence[int]) -> list[list[ItemUnit]]:
    """A batch for loaders: the units of each of these items."""
    rows = await queries.item_units(reader, ids=ids)
    return [
        [
            ItemUnit(
                unit=row.unit,
                numerator=plain(row.numerator),
                denominator=plain(row.denominator),
            )
            for row in rows[row_id]
        ]
        for row_id in ids
    ]


async def load_item_components(reader: Reader, ids: Sequence[int]) -> list[list[KitComponent]]:
    """A batch for loaders: what each of these items is made of."""
    rows = await queries.item_components(reader, ids=ids)
    return [
        [
            KitComponent(
                quantity=quantity(row.quantity, row.base_unit), item_id=row.component_item_id
            )
            for row in rows[row_id]
        ]
        for row_id in ids
    ]


async def load_item_identifiers(reader: Reader, ids: Sequence[int]) -> list[list[ItemIdentifier]]:
    """A batch for loaders: the codes of each of these items."""
    rows = await queries.item_identifiers(reader, ids=ids)
    return [
        [
            ItemIdentifier(
                scheme=IdentifierScheme(row.scheme),
                value=row.value,
                unit=row.unit,
                channel_id=row.channel_id,
                party_id=row.party_id,
            )
            for row in rows[row_id]
        ]
        for row_id in ids
    ]


refetched_by("Item", load_items)


@strawberry.input(description="Which items to list; conditions are joined by and.")
class ItemFilter:
    sku: str | None = strawberry.field(default=None, description="Exactly this SKU.")
    sku_prefix: str | None = strawberry.field(default=None, description="SKU beginning with this.")
    gtin: str | None = strawberry.field(default=None, description="With this GTIN, in any length.")
    status: ItemStatus | None = strawberry.field(default=None, description="In this status.")
    offered_through_id: strawberry.ID | None = strawberry.field(
        default=None, description="Offered through this channel."
    )
    offered_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="Offered to this customer; it sees only these, and its orders'."
    )
    custom_fields: Conditions = strawberry.field(default=None, description=CONDITIONS_SAY)


@strawberry.enum(description="What items can be ordered by.")
class ItemOrderField(Enum):
    SKU = strawberry.enum_value("sku", description="Their SKU.")
    NAME = strawberry.enum_value("name", description="Their name.")


@strawberry.input(description="The order of a list of items.")
class ItemOrder:
    field: ItemOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class ItemQuery:
    @strawberry.field(description="The tenant's items, by SKU. Needs catalog.read.")
    async def items(
        self,
        info: Info,
        filter: Annotated[
            ItemFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            ItemOrder | None, strawberry.argument(description="By SKU if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Item]:
        reader = await info.context.reader()
        sent = filter or ItemFilter()
        narrow = given(sent, "sku", "sku_prefix", "gtin", "status", "custom_fields")
        where = queries.ItemFilter(
            **await narrowed(info, "item", narrow),
            offered=await offered_to(
                reader,
                channel_id=optional_row_id(
                    sent.offered_through_id, "Channel", path=("filter", "offeredThroughId")
                ),
                party_id=optional_row_id(
                    sent.offered_to_id, "Party", path=("filter", "offeredToId")
                ),
            ),
        )
        page = await queries.items(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="sku"),
            request=wanted(first, after, last, before),
        )
        return connection(page, Item.of, count=lambda: queries.item_count(reader, where=where))
