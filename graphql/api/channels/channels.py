"""Channels on the API."""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

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
from api.entities.legal_entities import LegalEntity, load_legal_entities
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
from domain.channels import queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="What kind of way orders come in by.")
class ChannelKind(Enum):
    STOREFRONT = strawberry.enum_value("storefront", description="A web shop of our own.")
    MARKETPLACE = strawberry.enum_value("marketplace", description="A marketplace we sell on.")
    EDI = strawberry.enum_value("edi", description="A trading partner's electronic documents.")
    PORTAL = strawberry.enum_value("portal", description="Orders placed through this API.")


@strawberry.enum(description="Who shapes and signs a channel's documents.")
class ChannelSource(Enum):
    SHOPIFY = strawberry.enum_value("shopify", description="Shopify orders and webhooks.")
    WOOCOMMERCE = strawberry.enum_value("woocommerce", description="WooCommerce orders.")
    MAGENTO = strawberry.enum_value("magento", description="Adobe Commerce and Magento 2 orders.")
    AMAZON = strawberry.enum_value("amazon", description="Amazon Selling Partner API orders.")
    WALMART = strawberry.enum_value("walmart", description="Walmart Marketplace orders.")
    MIRAKL = strawberry.enum_value(
        "mirakl", description="Orders of marketplaces that run on Mirakl."
    )
    X12 = strawberry.enum_value("x12", description="ANSI X12 documents, such as the 850.")
    GENERIC = strawberry.enum_value("generic", description="Any recognised document.")


@strawberry.enum(description="What becomes of a document that names something unknown.")
class UnknownRule(Enum):
    EXCEPTION = strawberry.enum_value(
        "exception", description="It waits in the exception queue until it is mapped."
    )
    CREATE_DRAFT = strawberry.enum_value(
        "create_draft", description="A draft is made of what is unknown, marked for review."
    )


@strawberry.enum(description="Whose prices an order gets.")
class PriceSource(Enum):
    DOCUMENT = strawberry.enum_value("document", description="Those of the order document.")
    PRICE_LIST = strawberry.enum_value("price_list", description="Those of our price lists.")


@strawberry.enum(description="What customers are told of what is there.")
class AvailabilityShown(Enum):
    EXACT = strawberry.enum_value("exact", description="Quantities, up to the channel's cap.")
    LEVELS = strawberry.enum_value("levels", description="In stock, low or out; no quantities.")
    HIDDEN = strawberry.enum_value("hidden", description="Nothing; an order tells.")


@strawberry.type(description="A way orders come in: a shop, a marketplace, an EDI partner.")
class Channel(Node):
    code: str = strawberry.field(description="The tenant's own short code, unique.")
    name: str = strawberry.field(description="Its name.")
    kind: ChannelKind = strawberry.field(description="What kind of channel it is.")
    source: ChannelSource = strawberry.field(description="Who shapes and signs its documents.")
    currency: str = strawberry.field(description="The currency of its orders (ISO 4217).")
    on_unknown_item: UnknownRule = strawberry.field(description="Its rule for unknown items.")
    on_unknown_party: UnknownRule = strawberry.field(description="Its rule for unknown customers.")
    price_source: PriceSource = strawberry.field(description="Whose prices its orders get.")
    split_allowed: bool = strawberry.field(
        description="Whether an order may ship from several locations."
    )
    availability_shown: AvailabilityShown = strawberry.field(
        description="What customers are told of what is there."
    )
    availability_cap: Decimal | None = strawberry.field(
        description="The most that customers are told, in base units; null: all."
    )
    low_below: Decimal = strawberry.field(
        description="Below so many base units an item counts as low."
    )
    has_signing_secret: bool = strawberry.field(
        description="Whether a signing secret is set; the secret itself is never told."
    )
    status: str = strawberry.field(description="Either active or closed.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    entity_id: strawberry.Private[int]
    default_party_id: strawberry.Private[int | None]

    custom_fields = custom_fields_of("channel")

    @strawberry.field(description="The legal entity that sells on it.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The customer of orders that name none, if there is one.")
    async def default_party(self, info: Info) -> Party | None:
        if self.default_party_id is None:
            return None
        return await info.context.load(load_parties, self.default_party_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Channel":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Channel", row.id),
            code=row.code,
            name=row.name,
            kind=ChannelKind(row.kind),
            source=ChannelSource(row.source),
            currency=row.currency,
            on_unknown_item=UnknownRule(row.on_unknown_item),
            on_unknown_party=UnknownRule(row.on_unknown_party),
            price_source=PriceSource(row.price_source),
            split_allowed=row.split_allowed,
            availability_shown=AvailabilityShown(row.availability_shown),
            availability_cap=None if row.availability_cap is None else plain(row.availability_cap),
            low_below=plain(row.low_below),
            has_signing_secret=row.has_signing_secret,
            status=row.status,
            version=row.version,
            entity_id=row.entity_id,
            default_party_id=row.default_party_id,
        )


async def load_channels(reader: Reader, ids: Sequence[int]) -> list[Channel | None]:
    """A batch for loaders: the channels of these row ids, in order."""
    rows = await queries.channels_of_ids(reader, ids=ids)
    return [Channel.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Channel", load_channels)


@strawberry.input(description="Which channels to list; conditions are joined by and.")
class ChannelFilter:
    code: str | None = strawberry.field(default=None, description="Exactly this code.")
    kind: ChannelKind | None = strawberry.field(default=None, description="Of this kind.")
    source: ChannelSource | None = strawberry.field(default=None, description="Of this source.")
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="On which this legal entity sells."
    )
    status: str | None = strawberry.field(default=None, description="Either active or closed.")
    custom_fields: Conditions = strawberry.field(default=None, description=CONDITIONS_SAY)


@strawberry.enum(description="What channels can be ordered by.")
class ChannelOrderField(Enum):
    CODE = strawberry.enum_value("code", description="Their code.")
    NAME = strawberry.enum_value("name", description="Their name.")


@strawberry.input(description="The order of a list of channels.")
class ChannelOrder:
    field: ChannelOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class ChannelQuery:
    @strawberry.field(description="The tenant's channels, by code. Needs channels.read.")
    async def channels(
        self,
        info: Info,
        filter: Annotated[
            ChannelFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            ChannelOrder | None, strawberry.argument(description="By code if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Channel]:
        reader = await info.context.reader()
        where = await _where(info, filter or ChannelFilter())
        page = await queries.channels(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="code"),
            request=wanted(first, after, last, before),
        )
        return connection(
            page, Channel.of, count=lambda: queries.channel_count(reader, where=where)
        )


async def _where(info: Info, filter: ChannelFilter) -> queries.ChannelFilter:
    entity_id = optional_row_id(filter.entity_id, "LegalEntity", path=("filter", "entityId"))
    fields = await narrowed(info, "channel", given(filter))
    return queries.ChannelFilter(**fields | {"entity_id": entity_id})
