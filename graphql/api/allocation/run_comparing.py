"""Two allocation runs side by side, on the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.allocation.run_lines import AllocationRunTake, takes_of
from api.allocation.runs import AllocationRun
from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import row_id_of
from api.orders.orders import Order, load_orders
from domain.allocation.runs import queries
from domain.kernel.quantity import plain


@strawberry.type(description="A line for which two runs have something else; null: not planned.")
class AllocationRunDifference:
    given_before: Decimal | None = strawberry.field(description="What the first gives, base units.")
    given_after: Decimal | None = strawberry.field(description="What the second gives.")
    takes_before: list[AllocationRunTake] = strawberry.field(
        description="From where, in the first."
    )
    takes_after: list[AllocationRunTake] = strawberry.field(
        description="From where, in the second."
    )
    order_id: strawberry.Private[int]
    item_id: strawberry.Private[int]

    @strawberry.field(description="The order.")
    async def order(self, info: Info) -> Order | None:
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "AllocationRunDifference":
        """From a row of the domain's queries."""
        before, after = row.given_before, row.given_after
        return cls(
            given_before=None if before is None else plain(before),
            given_after=None if after is None else plain(after),
            takes_before=takes_of(row.takes_before, {}),
            takes_after=takes_of(row.takes_after, {}),
            order_id=row.order_id,
            item_id=row.item_id,
        )


@strawberry.type(description="How one run differs from another; the figures are with the runs.")
class AllocationRunComparison:
    before: AllocationRun = strawberry.field(description="The first.")
    after: AllocationRun = strawberry.field(description="The second.")
    before_run_id: strawberry.Private[int]
    after_run_id: strawberry.Private[int]

    @strawberry.field(description="Lines that get something else, or from elsewhere.")
    async def differences(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AllocationRunDifference]:
        lines = await queries.differences_of_runs(
            await info.context.reader(),
            before_id=self.before_run_id,
            after_id=self.after_run_id,
            request=wanted(first, after, last, before),
        )
        return connection(lines.page, AllocationRunDifference.of, count=lines.count)


@strawberry.type
class AllocationRunComparisonQuery:
    @strawberry.field(description="Two allocation runs side by side. Needs allocation.read.")
    async def compare_allocation_runs(
        self,
        info: Info,
        before_id: Annotated[strawberry.ID, strawberry.argument(description="The first run.")],
        after_id: Annotated[strawberry.ID, strawberry.argument(description="The second run.")],
    ) -> AllocationRunComparison:
        asked = (
            row_id_of(before_id, "AllocationRun", path=("beforeId",)),
            row_id_of(after_id, "AllocationRun", path=("afterId",)),
        )
        before, after = await queries.two_runs(await info.context.reader(), run_ids=asked)
        return AllocationRunComparison(
            before=AllocationRun.of(before),
            after=AllocationRun.of(after),
            before_run_id=asked[0],
            after_run_id=asked[1],
        )
