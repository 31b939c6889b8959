"""How an entity values its stock, on the API."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import row_id_of
from api.inputs import given
from api.inventory.tolerances import whole_minor
from api.scalars import Money, money
from api.user_errors import UserError
from api.writing import perform
from domain.inventory.operations.costing import (
    set_costing_method,
    set_costing_rule,
    set_standard_costs,
)
from domain.inventory.queries import stock_values as queries
from domain.kernel.work import Work


@strawberry.enum(description="How stock is valued.")
class CostingMethodName(Enum):
    AVERAGE = strawberry.enum_value("average", description="The average of what is there.")
    FIFO = strawberry.enum_value("fifo", description="What came first leaves first.")
    STANDARD = strawberry.enum_value(
        "standard", description="A cost that is set; what differs from it is a variance."
    )


@strawberry.enum(description="What goods may do whose cost is not booked yet.")
class NegativeStock(Enum):
    REFUSE = strawberry.enum_value("refuse", description="They do not leave.")
    LAST_COST = strawberry.enum_value(
        "last_cost", description="They leave at the last cost, which is corrected later."
    )


@strawberry.type(description="By which method an entity values stock from a day on.")
class CostingMethod:
    item_group: str | None = strawberry.field(
        description="The group of items; null: all that have no method of their own."
    )
    method: CostingMethodName = strawberry.field(description="The method.")
    effective_from: date = strawberry.field(description="The day from which it holds.")


@strawberry.type(
    description="How an entity values its stock: at the moving average, where it says nothing."
)
class Costing:
    methods: list[CostingMethod] = strawberry.field(description="Its methods, the latest first.")
    negative_stock: NegativeStock = strawberry.field(
        description="What goods may do whose cost is not booked yet."
    )
    approval_above: Money | None = strawberry.field(
        description="A change of value by hand above this needs somebody's yes; null: none does."
    )
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)


async def _costing(info: Info, entity_id: int) -> Costing:
    reader = await info.context.reader()
    rule = await queries.costing_rule(reader, entity_id=entity_id)
    limit = None if rule is None else rule.approval_above_minor
    return Costing(
        methods=[
            CostingMethod(
                item_group=row.item_group,
                method=CostingMethodName(row.method),
                effective_from=row.effective_from,
            )
            for row in await queries.costing_methods(reader, entity_id=entity_id)
        ],
        negative_stock=NegativeStock("refuse" if rule is None else rule.negative_stock),
        approval_above=None if rule is None or limit is None else money(limit, rule.currency),
        entity_id=entity_id,
    )


@strawberry.type
class CostingQuery:
    @strawberry.field(description="How an entity values its stock. Needs inventory.value.")
    async def costing(
        self,
        info: Info,
        entity_id: Annotated[strawberry.ID, strawberry.argument(description="The entity.")],
    ) -> Costing:
        return await _costing(info, row_id_of(entity_id, "LegalEntity", path=("entityId",)))


@strawberry.input(description="A method for an entity, or for a group of its items.")
class SetCostingMethodInput:
    entity_id: strawberry.ID = strawberry.field(description="The entity.")
    method: CostingMethodName = strawberry.field(description="The method, from today on.")
    item_group: str | None = strawberry.field(
        default=None, description="A group of items; all that have none of their own if absent."
    )


@strawberry.input(description="What a base unit of an item is to cost.")
class StandardCostInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit_cost: Decimal = strawberry.field(
        description="Major units of the entity's currency for a base unit."
    )


@strawberry.input(description="What base units of items are to cost, from today on.")
class SetStandardCostsInput:
    entity_id: strawberry.ID = strawberry.field(description="The entity.")
    costs: list[StandardCostInput] = strawberry.field(description="The items; 1 to 1,000.")


@strawberry.input(description="What an entity lets happen to the value of its stock.")
class SetCostingRuleInput:
    entity_id: strawberry.ID = strawberry.field(description="The entity.")
    negative_stock: NegativeStock = strawberry.field(
        default=NegativeStock.REFUSE,
        description="What goods may do whose cost is not booked yet.",
    )
    approval_above_minor: Decimal | None = strawberry.field(
        default=None,
        description="Minor units (cents); a change of value by hand above this needs a yes.",
    )


@strawberry.type(description="What a mutation settled of how stock is valued.")
class CostingPayload:
    costing: Costing | None = strawberry.field(description="How the entity values its stock now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was settled.")


async def _settle(info: Info, input: Any, settle: Any) -> CostingPayload:
    entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

    async def run(work: Work) -> dict[str, Any]:
        await settle(work, entity_id)
        return {"id": entity_id}

    done = await perform(info, run, input=input)
    shown = done["id"] is not None and info.context.principal.may("inventory.value")
    return CostingPayload(
        costing=await _costing(info, entity_id) if shown else None, user_errors=done.user_errors
    )


@strawberry.type
class CostingMutation:
    @strawberry.mutation(
        description="Value stock by another method from today on; what it is worth by that is "
        "booked. Needs inventory.manage."
    )
    async def set_costing_method(
        self,
        info: Info,
        input: Annotated[SetCostingMethodInput, strawberry.argument(description="Which one.")],
    ) -> CostingPayload:
        async def settle(work: Work, entity_id: int) -> None:
            fields = given(input, "method", "item_group")
            await set_costing_method(work, entity_id=entity_id, **fields)

        return await _settle(info, input, settle)

    @strawberry.mutation(
        description="Set standard costs; stock that is valued at standard is worth that at once. "
        "Needs inventory.manage."
    )
    async def set_standard_costs(
        self,
        info: Info,
        input: Annotated[SetStandardCostsInput, strawberry.argument(description="Which ones.")],
    ) -> CostingPayload:
        costs = {
            row_id_of(each.item_id, "Item", path=("costs", n, "itemId")): each.unit_cost
            for n, each in enumerate(input.costs)
        }

        async def settle(work: Work, entity_id: int) -> None:
            await set_standard_costs(work, entity_id=entity_id, costs=costs)

        return await _settle(info, input, settle)

    @strawberry.mutation(
        description="Settle what may happen to the value of stock. Needs inventory.manage."
    )
    async def set_costing_rule(
        self,
        info: Info,
        input: Annotated[SetCostingRuleInput, strawberry.argument(description="What may.")],
    ) -> CostingPayload:
        limit = whole_minor(input.approval_above_minor)

        async def settle(work: Work, entity_id: int) -> None:
            await set_costing_rule(
                work,
                entity_id=entity_id,
                negative_stock=str(input.negative_stock.value),
                approval_above_minor=limit,
            )

        return await _settle(info, input, settle)
