"""What shipping costs, from where to where, on the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import row_id_of
from api.user_errors import UserError
from api.writing import perform
from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.queries.policies import lane_costs
from domain.kernel.quantity import plain
from domain.kernel.work import Work


@strawberry.type(description="What shipping from a location costs.")
class LaneCost:
    country: str | None = strawberry.field(description="To where; null: anywhere.")
    region: str | None = strawberry.field(description="To which state or province; null: any.")
    service_level: str | None = strawberry.field(description="How fast; null: any.")
    per_order_minor: int = strawberry.field(description="For a parcel, in minor units.")
    per_unit_minor: Decimal = strawberry.field(description="For each base unit, in minor units.")

    @classmethod
    def of(cls, row: Row[Any]) -> "LaneCost":
        """From a row of the domain's queries."""
        return cls(
            country=row.country,
            region=row.region,
            service_level=row.service_level,
            per_order_minor=row.per_order_minor,
            per_unit_minor=plain(row.per_unit_minor),
        )


@strawberry.type
class LaneCostQuery:
    @strawberry.field(
        description="What shipping from a location costs, the general lanes first. Needs "
        "allocation.read."
    )
    async def lane_costs(
        self,
        info: Info,
        location_id: Annotated[strawberry.ID, strawberry.argument(description="From where.")],
    ) -> list[LaneCost]:
        row_id = row_id_of(location_id, "Location", path=("locationId",))
        found = await lane_costs(await info.context.reader(), location_ids=[row_id])
        return [LaneCost.of(row) for row in found.get(row_id, ())]


@strawberry.input(description="What shipping to somewhere costs; the most precise lane counts.")
class LaneCostInput:
    country: str | None = strawberry.field(
        default=None, description="ISO 3166-1 alpha-2; anywhere if absent."
    )
    region: str | None = strawberry.field(
        default=None, description="State or province; all of the country if absent."
    )
    service_level: str | None = strawberry.field(
        default=None, description="How fast; for all service levels if absent."
    )
    per_order_minor: int = strawberry.field(
        default=0, description="For a parcel, in minor units of one currency for all lanes."
    )
    per_unit_minor: Decimal = strawberry.field(
        default=Decimal(0), description="For each base unit, in minor units."
    )


@strawberry.input(description="What shipping from a location costs.")
class SetLaneCostsInput:
    location_id: strawberry.ID = strawberry.field(description="From where.")
    lanes: list[LaneCostInput] = strawberry.field(
        description="All lanes; what is not among them is forgotten."
    )


@strawberry.type(description="What setLaneCosts did.")
class SetLaneCostsPayload:
    location: Location | None = strawberry.field(description="The location.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class LaneCostMutation:
    @strawberry.mutation(
        description="Replace all that is known of what shipping from a location costs; the "
        "criterion COST goes by it. Needs allocation.manage."
    )
    async def set_lane_costs(
        self,
        info: Info,
        input: Annotated[SetLaneCostsInput, strawberry.argument(description="The lanes.")],
    ) -> SetLaneCostsPayload:
        location_id = row_id_of(input.location_id, "Location", path=("locationId",))
        lanes = [NewLane(**vars(each)) for each in input.lanes]

        async def set_them(work: Work) -> dict[str, Any]:
            await set_lane_costs(work, location_id=location_id, lanes=lanes)
            return {"id": location_id}

        done = await perform(info, set_them, input=input)
        location = await info.context.load_done(load_locations, done["id"])
        return SetLaneCostsPayload(location=location, user_errors=done.user_errors)
