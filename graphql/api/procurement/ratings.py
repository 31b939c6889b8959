"""How suppliers do, on the API: every figure with what it was worked out from."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.parties import Party, load_parties
from api.ids import row_id_of
from api.procurement.orders import PurchaseOrder
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import plain
from domain.procurement.queries import ratings as queries
from domain.procurement.rating import MEASURES, Window

LONGEST = 3660
MOST_SUPPLIERS = 100


@strawberry.enum(description="What suppliers are measured by.")
class SupplierMeasure(Enum):
    CONFIRMED_ON_TIME = strawberry.enum_value(
        "confirmed_on_time", description="Answered by the moment that an answer was due."
    )
    DELIVERED_BY_CONFIRMED_DAY = strawberry.enum_value(
        "delivered_by_confirmed_day", description="Came by the day that was first confirmed."
    )
    DELIVERED_BY_WANTED_DAY = strawberry.enum_value(
        "delivered_by_wanted_day", description="Came by the day that the buyer wanted."
    )
    IN_FULL = strawberry.enum_value("in_full", description="All that was ordered came.")
    DAMAGED = strawberry.enum_value("damaged", description="Came damaged; less is better.")
    HOURS_TO_ANSWER = strawberry.enum_value(
        "hours_to_answer", description="How long an answer took; less is better."
    )


@strawberry.type(description="A figure of a supplier, and what it was worked out from.")
class SupplierFigure:
    measure: SupplierMeasure = strawberry.field(description="What is measured.")
    basis: str = strawberry.field(description="What is counted, in words.")
    numerator: Decimal = strawberry.field(description="What meets the measure.")
    denominator: Decimal = strawberry.field(description="What counts for it.")
    ratio: Decimal | None = strawberry.field(
        description="One by the other, to four decimals; null where nothing counts."
    )

    @classmethod
    def of(cls, row: Row[Any], name: str, basis: str) -> "SupplierFigure":
        """From a row of the domain's queries."""
        numerator, denominator = (
            Decimal(getattr(row, f"{name}_{part}") or 0) for part in ("numerator", "denominator")
        )
        ratio = (numerator / denominator).quantize(Decimal("0.0001")) if denominator else None
        return cls(
            measure=SupplierMeasure(name),
            basis=basis,
            numerator=plain(numerator),
            denominator=plain(denominator),
            ratio=ratio,
        )


@strawberry.type(description="How a supplier does, by the orders sent to it within a time.")
class SupplierRating:
    as_of: date = strawberry.field(description="By what was known at the end of this day (UTC).")
    days: int = strawberry.field(description="Of the orders sent within so many days up to it.")
    figures: list[SupplierFigure] = strawberry.field(description="Measure by measure.")
    supplier_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any], window: Window) -> "SupplierRating":
        """From a row of the domain's queries."""
        return cls(
            as_of=window.as_of,
            days=window.days,
            figures=[SupplierFigure.of(row, each.name, each.basis) for each in MEASURES],
            supplier_id=row.supplier_id,
        )

    @strawberry.field(description="The supplier.")
    async def supplier(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.supplier_id)


AsOf = Annotated[
    date | None, strawberry.argument(description="As of the end of this day; today if absent.")
]
Days = Annotated[
    int, strawberry.argument(description="Of the orders sent within so many days up to it.")
]


def _window(info: Info, as_of: date | None, days: int) -> Window:
    if not 1 <= days <= LONGEST:
        raise InvalidInput(f"Must be 1 to {LONGEST}.", path=("days",))
    return Window(as_of or info.context.now.date(), days)


@strawberry.type
class SupplierRatingQuery:
    @strawberry.field(
        description=(
            "How suppliers do: published numerator, denominator and basis; a supplier sees its "
            "own. Needs procurement.read."
        )
    )
    async def supplier_ratings(
        self,
        info: Info,
        supplier_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only these suppliers.")
        ] = None,
        as_of: AsOf = None,
        days: Days = 365,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SupplierRating]:
        window = _window(info, as_of, days)
        listing = await queries.supplier_ratings(
            await info.context.reader(),
            window=window,
            supplier_ids=_suppliers(supplier_ids),
            request=wanted(first, after, last, before),
        )
        return connection(
            listing.page, lambda row: SupplierRating.of(row, window), count=listing.count
        )

    @strawberry.field(
        description=(
            "The orders behind a figure of a supplier, the latest first. Needs procurement.read."
        )
    )
    async def rated_purchase_orders(
        self,
        info: Info,
        supplier_id: Annotated[strawberry.ID, strawberry.argument(description="The supplier.")],
        measure: Annotated[SupplierMeasure, strawberry.argument(description="Of this measure.")],
        missed_only: Annotated[
            bool, strawberry.argument(description="Only those that make it worse.")
        ] = False,
        as_of: AsOf = None,
        days: Days = 365,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PurchaseOrder]:
        listing = await queries.rated_orders(
            await info.context.reader(),
            window=_window(info, as_of, days),
            supplier_id=row_id_of(supplier_id, "Party", path=("supplierId",)),
            measure=str(measure.value),
            missed_only=missed_only,
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, PurchaseOrder.of, count=listing.count)


def _suppliers(ids: list[strawberry.ID] | None) -> list[int] | None:
    if ids is None:
        return None
    if len(ids) > MOST_SUPPLIERS:
        message = f"Give at most {MOST_SUPPLIERS}."
        raise InvalidInput(message, path=("supplier_ids",))
    return [row_id_of(each, "Party", path=("supplierIds", n)) for n, each in enumerate(ids)]
