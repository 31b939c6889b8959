"""Returns on the API: what is to come back, why, and how far it is."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.orders.orders import Order, load_orders
from api.returns.documents import (
    ReturnAuthorization,
    ReturnCredit,
    ReturnReceipt,
)
from api.returns.reasons import ReturnReason, load_return_reasons
from api.returns.replacements import ReturnReplacement
from api.returns.states import (
    ReturnAction,
    ReturnCondition,
    ReturnLineKind,
    ReturnLineStatus,
    ReturnReplaces,
    ReturnResolution,
    ReturnSource,
    ReturnStatus,
)
from api.scalars import Money, Quantity, money, quantity
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.returns.policies.states import MONEY, request_actions
from domain.returns.queries import requests as queries
from domain.returns.rows import line_state

KIND = "Return"


@strawberry.type(description="A quantity of an item of a return. Quantities are in base units.")
class ReturnLine:
    line_number: int = strawberry.field(description="Its place in the return, from 1.")
    kind: ReturnLineKind = strawberry.field(description="Whether it was announced.")
    status: ReturnLineStatus = strawberry.field(description="What became of it.")
    quantity: Quantity = strawberry.field(description="What is to come back.")
    condition: ReturnCondition | None = strawberry.field(description="In which condition, told.")
    delivered_on: date | None = strawberry.field(description="When it was delivered, as told.")
    note: str | None = strawberry.field(description="What its sender says of it.")
    rule: str | None = strawberry.field(description="The rule of the policy that decided.")
    explanation: list[str] = strawberry.field(description="Why it was decided so.")
    fee_percent: Decimal = strawberry.field(description="The restocking fee in percent.")
    fee: Money = strawberry.field(description="The restocking fee beside it.")
    refunds_shipping: bool = strawberry.field(
        description="Whether its share of the shipping charge goes back."
    )
    received: Quantity = strawberry.field(description="What of it came.")
    accepted: Quantity = strawberry.field(description="What was found at inspection, and accepted.")
    disposed: Quantity = strawberry.field(description="What is done with.")
    credited: Quantity = strawberry.field(description="What is credited.")
    given_up: Quantity = strawberry.field(description="What will not come.")
    row: strawberry.Private[Row[Any]]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnLine":
        """From a row of the domain's queries."""
        amounts = ("quantity", "received", "accepted", "disposed", "credited", "given_up")
        same = ("line_number", "note", "rule", "refunds_shipping", "delivered_on")
        fields: dict[str, Any] = {name: getattr(row, name) for name in same} | {
            name: quantity(getattr(row, name), row.base_unit or "") for name in amounts
        }
        return cls(
            row=row,
            kind=ReturnLineKind(row.kind),
            status=ReturnLineStatus(row.status),
            condition=None if row.condition is None else ReturnCondition(row.condition),
            explanation=list(row.explanation),
            fee_percent=plain(row.fee_percent),
            fee=money(row.fee_minor, row.currency),
            **fields,
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.row.item_id)

    @strawberry.field(description="Why it comes back; null: nobody told.")
    async def reason(self, info: Info) -> ReturnReason | None:
        if self.row.reason_id is None:
            return None
        return await info.context.load(load_return_reasons, self.row.reason_id)

    @strawberry.field(description="The order that it is of; null: of none. Needs orders.read.")
    async def order(self, info: Info) -> Order | None:
        if self.row.order_id is None:
            return None
        return await info.context.load(load_orders, self.row.order_id)


@strawberry.type(
    description="Goods that are to come back, or came: of orders of one customer, or of none."
)
class Return(Node):
    number: str = strawberry.field(description="Its number, such as RR-7.")
    status: ReturnStatus = strawberry.field(description="How far it is.")
    source: ReturnSource = strawberry.field(description="Who asked for it.")
    resolution: ReturnResolution = strawberry.field(description="What it is to earn its sender.")
    replaces: ReturnReplaces | None = strawberry.field(
        description="When other goods leave for it; null where none do."
    )
    currency: str = strawberry.field(description="The currency of its money.")
    external_id: str | None = strawberry.field(description="The channel's own id of it.")
    note: str | None = strawberry.field(description="What was said beside.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    requested_by: str = strawberry.field(description="By whom.")
    decided_at: datetime | None = strawberry.field(description="When it was let, or refused.")
    ended_at: datetime | None = strawberry.field(description="When nothing was left to do.")
    end_reason: str | None = strawberry.field(description="Why it ended before.")
    version: int = strawberry.field(description="Rises with every change.")
    row_id: strawberry.Private[int]
    state: strawberry.Private[str]
    party_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "Return":
        """From a row of the domain's queries."""
        same = (
            *("number", "currency", "external_id", "note", "requested_at", "requested_by"),
            *("decided_at", "ended_at", "end_reason", "version", "party_id", "location_id"),
        )
        return cls(
            id=global_id(KIND, row.id),
            row_id=row.id,
            state=row.status,
            status=ReturnStatus(row.status),
            source=ReturnSource(row.source),
            resolution=ReturnResolution(row.resolution),
            replaces=None if row.replaces is None else ReturnReplaces(row.replaces),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Whose it is; null: nobody knows.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="Where the goods are to come.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="What is to come back, line by line.")
    async def lines(self, info: Info) -> list[ReturnLine]:
        return await info.context.load(load_lines, self.row_id)

    @strawberry.field(description="With what goods may be sent.")
    async def authorizations(self, info: Info) -> list[ReturnAuthorization]:
        return await info.context.load(load_authorizations, self.row_id)

    @strawberry.field(description="What came, the first first; not shown to customers.")
    async def receipts(self, info: Info) -> list[ReturnReceipt]:
        return await info.context.load(load_receipts, self.row_id)

    @strawberry.field(description="The money granted for it; not shown to warehouses.")
    async def credits(self, info: Info) -> list[ReturnCredit]:
        return await info.context.load(load_credits, self.row_id)

    @strawberry.field(description="The other goods for it; not shown to warehouses.")
    async def replacements(self, info: Info) -> list[ReturnReplacement]:
        return await info.context.load(load_replacements, self.row_id)

    @strawberry.field(description="What may be done with it now, by the caller.")
    async def supported_actions(self, info: Info) -> list[ReturnAction]:
        lines = await info.context.load(load_lines, self.row_id)
        allowed = request_actions(
            self.state,
            [line_state(line.row) for line in lines],
            pays=str(self.resolution.value) in MONEY,
            may=info.context.principal.may,
        )
        return [ReturnAction(each) for each in allowed]


async def load_returns(reader: Reader, ids: Sequence[int]) -> list[Return | None]:
    """A batch for loaders: the returns of these row ids, in order."""
    rows = await queries.returns_of_ids(reader, ids=ids)
    return [Return.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines(reader: Reader, ids: Sequence[int]) -> list[list[ReturnLine]]:
    """A batch for loaders: the lines of each return."""
    found = await queries.lines_of_returns(reader, return_ids=ids)
    return [[ReturnLine.of(row) for row in found[return_id]] for return_id in ids]


async def load_authorizations(
    reader: Reader, ids: Sequence[int]
) -> list[list[ReturnAuthorization]]:
    """A batch for loaders: the authorisations of each return."""
    found = await queries.authorizations_of_returns(reader, return_ids=ids)
    return [[ReturnAuthorization.of(row) for row in found[return_id]] for return_id in ids]


async def load_receipts(reader: Reader, ids: Sequence[int]) -> list[list[ReturnReceipt]]:
    """A batch for loaders: the receipts of each return."""
    found = await queries.receipts_of_returns(reader, return_ids=ids)
    return [[ReturnReceipt.of(row) for row in found[return_id]] for return_id in ids]


async def load_credits(reader: Reader, ids: Sequence[int]) -> list[list[ReturnCredit]]:
    """A batch for loaders: the credits of each return."""
    found = await queries.credits_of_returns(reader, return_ids=ids)
    return [[ReturnCredit.of(row) for row in found[return_id]] for return_id in ids]


async def load_replacements(reader: Reader, ids: Sequence[int]) -> list[list[ReturnReplacement]]:
    """A batch for loaders: the other goods of each return."""
    found = await queries.replacements_of_returns(reader, return_ids=ids)
    return [[ReturnReplacement.of(row) for row in found[return_id]] for return_id in ids]


refetched_by(KIND, load_returns)


@strawberry.input(description="Which returns; what is left out does not narrow.")
class ReturnFilter:
    status: ReturnStatus | None = strawberry.field(default=None, description="Its status.")
    source: ReturnSource | None = strawberry.field(default=None, description="Who asked for it.")
    number: str | None = strawberry.field(default=None, description="Its number.")
    party_id: strawberry.ID | None = strawberry.field(default=None, description="Whose it is.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="With goods of this order."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="To come to this location."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of orders of this channel."
    )


def _filter(asked: ReturnFilter | None) -> queries.ReturnFilter:
    if asked is None:
        return queries.ReturnFilter()
    ids: dict[str, Any] = {
        name: optional_row_id(getattr(asked, name), kind, path=("filter", name))
        for name, kind in (
            ("party_id", "Party"),
            ("order_id", "Order"),
            ("location_id", "Location"),
            ("channel_id", "Channel"),
        )
    }
    return queries.ReturnFilter(**given(asked, "status", "source", "number"), **ids)


@strawberry.type
class ReturnQuery:
    @strawberry.field(
        description="Returns, the latest first: a customer sees its own, a warehouse those that "
        "come to it. Needs returns.read."
    )
    async def returns(
        self,
        info: Info,
        filter: Annotated[
            ReturnFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Return]:
        listing = await queries.returns(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Return.of, count=listing.count)
