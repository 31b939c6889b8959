"""The documents behind what is left out of a group, on the API."""

from typing import Annotated

import strawberry

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.consolidation.keys import eliminated_by
from api.context import Info
from api.inventory.costs import CostLayer
from api.ledger.journals import JournalLine
from domain.finance.queries import consolidation as queries

Key = Annotated[
    str,
    strawberry.argument(description="The key of an elimination in a consolidated trial balance."),
]


@strawberry.type
class EliminatedQuery:
    @strawberry.field(
        description="The lines of the entities' books that an elimination leaves out, by day; each "
        "leads to its journal and the documents behind it. None for a key of nothing. Needs "
        "consolidation.read."
    )
    async def eliminated_lines(
        self,
        info: Info,
        elimination: Key,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[JournalLine]:
        listing = await queries.eliminated_lines(
            await info.context.reader(),
            what=eliminated_by(elimination),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, JournalLine.of, count=listing.count)

    @strawberry.field(
        description="The layers of stock in which the profit is that an elimination leaves out: "
        "the entity earned on what the affiliate has, and that was not gone on the day. Needs "
        "consolidation.read and inventory.value."
    )
    async def eliminated_layers(
        self,
        info: Info,
        elimination: Key,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CostLayer]:
        listing = await queries.eliminated_layers(
            await info.context.reader(),
            what=eliminated_by(elimination),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, CostLayer.of, count=listing.count)
