"""Price lists on the API."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

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
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.pricing import queries
from domain.pricing.operations import price_lists as operations


@strawberry.type(description="Prices in one currency, for everyone, a channel or a customer.")
class PriceList(Node):
    code: str = strawberry.field(description="The tenant's own short code, unique.")
    name: str = strawberry.field(description="Its name.")
    currency: str = strawberry.field(description="The currency of its prices (ISO 4217).")
    rank: int = strawberry.field(description="Among lists as narrow as it, the higher one wins.")
    valid_from: date = strawberry.field(description="The first day it holds.")
    valid_until: date | None = strawberry.field(description="The last day it holds; null: no end.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    channel_id: strawberry.Private[int | None]
    party_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel it is for; null: any.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The customer it is for; null: any.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "PriceList":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("PriceList", row.id),
            code=row.code,
            name=row.name,
            currency=row.currency,
            rank=row.rank,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            version=row.version,
            channel_id=row.channel_id,
            party_id=row.party_id,
        )


async def load_price_lists(reader: Reader, ids: Sequence[int]) -> list[PriceList | None]:
    """A batch for loaders: the price lists of these row ids, in order."""
    rows = await queries.price_lists_of_ids(reader, ids=ids)
    return [PriceList.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("PriceList", load_price_lists)


@strawberry.input(description="Which price lists to list; conditions are joined by and.")
class PriceListFilter:
    code: str | None = strawberry.field(default=None, description="Exactly this code.")
    currency: str | None = strawberry.field(default=None, description="In this currency.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this channel."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this customer."
    )
    valid_on: date | None = strawberry.field(default=None, description="That hold on this day.")


@strawberry.enum(description="What price lists can be ordered by.")
class PriceListOrderField(Enum):
    CODE = strawberry.enum_value("code", description="Their code.")
    NAME = strawberry.enum_value("name", description="Their name.")


@strawberry.input(description="The order of a list of price lists.")
class PriceListOrder:
    field: PriceListOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class PriceListQuery:
    @strawberry.field(
        description="The price lists, by code; a partner's own and everyone's. Needs pricing.read."
    )
    async def price_lists(
        self,
        info: Info,
        filter: Annotated[
            PriceListFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            PriceListOrder | None, strawberry.argument(description="By code if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PriceList]:
        reader = await info.context.reader()
        where = _where(filter or PriceListFilter())
        page = await queries.price_lists(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="code"),
            request=wanted(first, after, last, before),
        )
        return connection(
            page, PriceList.of, count=lambda: queries.price_list_count(reader, where=where)
        )


def _where(filter: PriceListFilter) -> queries.PriceListFilter:
    return queries.PriceListFilter(
        **given(filter, "code", "currency", "valid_on"),
        channel_id=optional_row_id(filter.channel_id, "Channel", path=("filter", "channelId")),
        party_id=optional_row_id(filter.party_id, "Party", path=("filter", "partyId")),
    )


@strawberry.input(description="A new, empty price list.")
class CreatePriceListInput:
    code: str = strawberry.field(description="Short and unique.")
    name: str = strawberry.field(description="Its name.")
    currency: str = strawberry.field(description="ISO 4217; it stays.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this channel only; it stays."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this customer only; it stays."
    )
    rank: int = strawberry.field(default=0, description="Among lists as narrow, the higher wins.")
    valid_from: date | None = strawberry.field(
        default=strawberry.UNSET, description="The first day; today in UTC if left out."
    )
    valid_until: date | None = strawberry.field(default=None, description="The last day.")


@strawberry.type(description="What createPriceList did.")
class CreatePriceListPayload:
    price_list: PriceList | None = strawberry.field(description="The new price list.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of a price list; fields left out stay as they are.")
class UpdatePriceListInput:
    id: strawberry.ID = strawberry.field(description="The price list's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    code: str | None = strawberry.field(default=strawberry.UNSET, description="New code.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    rank: int | None = strawberry.field(default=strawberry.UNSET, description="New rank.")
    valid_from: date | None = strawberry.field(
        default=strawberry.UNSET, description="New first day."
    )
    valid_until: date | None = strawberry.field(
        default=strawberry.UNSET, description="New last day; null: no end."
    )


@strawberry.type(description="What updatePriceList did.")
class UpdatePriceListPayload:
    price_list: PriceList | None = strawberry.field(description="The price list as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


_FIELDS = ("code", "name", "rank", "valid_from", "valid_until")


@strawberry.type
class PriceListMutation:
    @strawberry.mutation(description="Create a price list. Needs pricing.manage.")
    async def create_price_list(
        self,
        info: Info,
        input: Annotated[CreatePriceListInput, strawberry.argument(description="The list.")],
    ) -> CreatePriceListPayload:
        channel_id = optional_row_id(input.channel_id, "Channel", path=("channelId",))
        party_id = optional_row_id(input.party_id, "Party", path=("partyId",))

        async def create(work: Work) -> dict[str, Any]:
            fields = given(input) | {"channel_id": channel_id, "party_id": party_id}
            return {"id": await operations.create_price_list(work, **fields)}

        done = await perform(info, create, input=input)
        price_list = await info.context.load_done(load_price_lists, done["id"])
        return CreatePriceListPayload(price_list=price_list, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a price list. Needs pricing.manage.")
    async def update_price_list(
        self,
        info: Info,
        input: Annotated[UpdatePriceListInput, strawberry.argument(description="The changes.")],
    ) -> UpdatePriceListPayload:
        price_list_id = row_id_of(input.id, "PriceList")

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_price_list(
                work,
                price_list_id=price_list_id,
                expected_version=input.expected_version,
                **given(input, *_FIELDS),
            )
            return {"id": price_list_id}

        done = await perform(info, update, input=input)
        price_list = await info.context.load_done(load_price_lists, done["id"])
        return UpdatePriceListPayload(price_list=price_list, user_errors=done.user_errors)
