"""Parties on the API: customers, suppliers, carriers."""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, ClassVar, Optional

import strawberry

from api.addresses import Address
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
from api.from_rows import FromRow, WorkedOut
from api.governance.field_values import (
    CONDITIONS_SAY,
    Conditions,
    custom_fields_of,
    narrowed,
)
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from domain.entities.queries import parties as queries
from domain.kernel.reading import Reader

if TYPE_CHECKING:
    from api.channels.channels import Channel


@strawberry.enum(description="What a party is to us; it may be several at once.")
class PartyRole(Enum):
    CUSTOMER = strawberry.enum_value("customer", description="It buys from us.")
    SUPPLIER = strawberry.enum_value("supplier", description="We buy from it.")
    CARRIER = strawberry.enum_value("carrier", description="It carries goods for us.")


@strawberry.enum(description="Where a party stands.")
class PartyStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="We trade with it.")
    DRAFT = strawberry.enum_value("draft", description="Made from a document; waits for review.")
    CLOSED = strawberry.enum_value("closed", description="We no longer trade with it.")


@strawberry.enum(description="What an address is for.")
class AddressKind(Enum):
    SHIP_TO = strawberry.enum_value("ship_to", description="Goods go there.")
    BILL_TO = strawberry.enum_value("bill_to", description="Invoices go there.")


@strawberry.type(description="An address of a party, under the party's own code for it.")
class PartyAddress:
    kind: AddressKind = strawberry.field(description="What it is for.")
    code: str = strawberry.field(description="The party's own code for it, such as a store number.")
    address: Address = strawberry.field(description="The address.")


@strawberry.type(description="A code by which a channel, or everyone, knows a party.")
class PartyIdentifier:
    value: str = strawberry.field(description="The code.")
    channel_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel that knows the party so; null: everywhere.")
    async def channel(
        self, info: Info
    ) -> Annotated["Channel", strawberry.lazy("api.channels.channels")] | None:
        # Channels are built from parties, so they can only be imported late here.
        from api.channels.channels import load_channels

        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)


@strawberry.type(description="Someone we trade with.")
class Party(FromRow, Node):
    code: str = strawberry.field(description="The tenant's own short code, unique.")
    name: str = strawberry.field(description="Its name.")
    roles: list[PartyRole] = strawberry.field(description="What it is to us.")
    currency: str | None = strawberry.field(description="The currency we trade in (ISO 4217).")
    email: str | None = strawberry.field(description="Where it is written to.")
    customer_group: str | None = strawberry.field(
        description="The tenant's group of customers it is in; policies may ask for it."
    )
    substitutes_allowed: bool = strawberry.field(
        description="Whether other items may stand in for what it orders."
    )
    early_delivery_allowed: bool = strawberry.field(
        description="Whether what it orders may be there before the day on which it wants it."
    )
    status: PartyStatus = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    row_id: strawberry.Private[int]
    parent_id: strawberry.Private[int | None]
    bill_to_id: strawberry.Private[int | None]
    custom_fields = custom_fields_of("party")

    @strawberry.field(description="The party above it, if there is one.")
    async def parent(self, info: Info) -> Optional["Party"]:
        if self.parent_id is None:
            return None
        return await info.context.load(load_parties, self.parent_id)

    @strawberry.field(description="The party that gets its invoices; null: itself.")
    async def bill_to(self, info: Info) -> Optional["Party"]:
        if self.bill_to_id is None:
            return None
        return await info.context.load(load_parties, self.bill_to_id)

    @strawberry.field(description="Its ship-to and bill-to addresses, by kind and code.")
    async def addresses(self, info: Info) -> list[PartyAddress]:
        return await info.context.load(load_party_addresses, self.row_id)

    @strawberry.field(description="The codes it is known by.")
    async def identifiers(self, info: Info) -> list[PartyIdentifier]:
        return await info.context.load(load_party_identifiers, self.row_id)

    WORKED_OUT: ClassVar[WorkedOut] = {
        "id": lambda row: global_id("Party", row.id),
        "roles": lambda row: [role for role in PartyRole if getattr(row, f"is_{role.value}")],
        "status": lambda row: PartyStatus(row.status),
        "row_id": lambda row: row.id,
    }


async def load_parties(reader: Reader, ids: Sequence[int]) -> list[Party | None]:
    """A batch for loaders: the parties of these row ids, in order."""
    rows = await queries.parties_of_ids(reader, ids=ids)
    return [Party.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_party_addresses(reader: Reader, ids: Sequence[int]) -> list[list[PartyAddress]]:
    """A batch for loaders: the addresses of each of these parties."""
    rows = await queries.party_addresses(reader, ids=ids)
    return [
        [
            PartyAddress(kind=AddressKind(row.kind), code=row.code, address=Address.of(row))
            for row in rows[row_id]
        ]
        for row_id in ids
    ]


async def load_party_identifiers(reader: Reader, ids: Sequence[int]) -> list[list[PartyIdentifier]]:
    """A batch for loaders: the codes of each of these parties."""
    rows = await queries.party_identifiers(reader, ids=ids)
    return [
        [PartyIdentifier(value=row.value, channel_id=row.channel_id) for row in rows[row_id]]
        for row_id in ids
    ]


refetched_by("Party", load_parties)


@strawberry.input(description="Which parties to list; conditions are joined by and.")
class PartyFilter:
    code: str | None = strawberry.field(default=None, description="Exactly this code.")
    role: PartyRole | None = strawberry.field(default=None, description="With this role.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="Directly below this party."
    )
    status: PartyStatus | None = strawberry.field(default=None, description="In this status.")
    custom_fields: Conditions = strawberry.field(default=None, description=CONDITIONS_SAY)


@strawberry.enum(description="What parties can be ordered by.")
class PartyOrderField(Enum):
    CODE = strawberry.enum_value("code", description="Their code.")
    NAME = strawberry.enum_value("name", description="Their name.")


@strawberry.input(description="The order of a list of parties.")
class PartyOrder:
    field: PartyOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class PartyQuery:
    @strawberry.field(description="The tenant's parties, by code. Needs entities.read.")
    async def parties(
        self,
        info: Info,
        filter: Annotated[
            PartyFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            PartyOrder | None, strawberry.argument(description="By code if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Party]:
        reader = await info.context.reader()
        where = await _where(info, filter or PartyFilter())
        page = await queries.parties(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="code"),
            request=wanted(first, after, last, before),
        )
        return connection(page, Party.of, count=lambda: queries.party_count(reader, where=where))


async def _where(info: Info, filter: PartyFilter) -> queries.PartyFilter:
    parent_id = optional_row_id(filter.parent_id, "Party", path=("filter", "parentId"))
    fields = await narrowed(info, "party", given(filter))
    return queries.PartyFilter(**fields | {"parent_id": parent_id})
