"""Templates on the API."""

from enum import Enum
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import global_id
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.work import Work
from domain.onboarding.templates.operations import apply_template
from domain.onboarding.templates.policy import WantedEntity


@strawberry.enum(description="Ways to trade that many companies share.")
class CompanyTemplate(Enum):
    WHOLESALE = strawberry.enum_value(
        "wholesale", description="One warehouse for each entity, a customer portal and EDI."
    )
    DIRECT_TO_CONSUMER = strawberry.enum_value(
        "direct_to_consumer",
        description="One warehouse, a web shop, a marketplace, and orders by hand.",
    )
    MIXED_WITH_3PL = strawberry.enum_value(
        "mixed_with_3pl",
        description="An own and a third-party warehouse, a portal, EDI and a web shop.",
    )
    MULTI_ENTITY_GROUP = strawberry.enum_value(
        "multi_entity_group",
        description="Two entities or more, each with its warehouse, portal and EDI.",
    )


@strawberry.enum(description="What became of a piece of a template.")
class PieceOutcome(Enum):
    MADE = strawberry.enum_value("made", description="It was made.")
    THERE = strawberry.enum_value("there", description="It stood already, and is as it was.")
    REFUSED = strawberry.enum_value("refused", description="It could not be made; see problem.")
    NEEDS_CHANGE_REQUEST = strawberry.enum_value(
        "needs_change_request",
        description="Its kind is governed by now: ask for it by a change request.",
    )


_NODES = {
    "legal_entity": "LegalEntity",
    "location": "Location",
    "channel": "Channel",
    "price_list": "PriceList",
    "allocation_policy": "AllocationPolicy",
    "role": "Role",
    "calendar": "WorkingCalendar",
}


@strawberry.type(description="One thing of a template, and what became of it.")
class TemplatePiece:
    kind: str = strawberry.field(description="Its kind, such as location.")
    code: str = strawberry.field(description="Its code.")
    outcome: PieceOutcome = strawberry.field(description="What became of it.")
    object_id: strawberry.ID | None = strawberry.field(
        description="The id of the object, for kinds that have one of their own."
    )
    entity_code: str | None = strawberry.field(description="The legal entity it belongs to.")
    problem: str | None = strawberry.field(description="Why it was not made.")


@strawberry.input(description="A legal entity that is to trade.")
class TemplateEntityInput:
    code: str = strawberry.field(
        description="Its code, such as US1; the codes of all that is made for it begin with it."
    )
    name: str = strawberry.field(description="Its legal name.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as US.")
    currency: str = strawberry.field(description="ISO 4217, such as USD.")
    time_zone: str = strawberry.field(
        default="UTC", description="Of its locations: an IANA name, such as America/New_York."
    )


@strawberry.input(description="A template, and the entities to make it for.")
class ApplyTemplateInput:
    template: CompanyTemplate = strawberry.field(description="Which one.")
    entities: list[TemplateEntityInput] = strawberry.field(
        description="New entities, or ones that stand already by their codes; at most 10."
    )


@strawberry.type(description="What applyTemplate did.")
class ApplyTemplatePayload:
    pieces: list[TemplatePiece] = strawberry.field(
        description="All of the template, in the order of making."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was made.")


@strawberry.type
class TemplateMutation:
    @strawberry.mutation(
        description=(
            "Make what a way of trading needs: entities with their books, locations, channels, "
            "price lists, roles, a calendar, rules of promises, a stock tolerance and an "
            "allocation policy. What stands is left as it is, so it may be repeated, and applied "
            "again for a new entity while orders flow. Needs onboarding.manage and the "
            "permissions of what is made."
        )
    )
    async def apply_template(
        self,
        info: Info,
        input: Annotated[ApplyTemplateInput, strawberry.argument(description="Which one.")],
    ) -> ApplyTemplatePayload:
        async def apply(work: Work) -> dict[str, Any]:
            entities = [WantedEntity(**given(each)) for each in input.entities]
            template = str(input.template.value)
            applied = await apply_template(work, template=template, entities=entities)
            names = ("kind", "code", "outcome", "id", "entity", "problem")
            return {"pieces": [{n: getattr(piece, n) for n in names} for piece in applied]}

        done = await perform(info, apply, input=input)
        return ApplyTemplatePayload(
            pieces=[_piece(each) for each in done["pieces"] or ()], user_errors=done.user_errors
        )


def _piece(told: dict[str, Any]) -> TemplatePiece:
    node = _NODES.get(told["kind"])
    return TemplatePiece(
        kind=told["kind"],
        code=told["code"],
        outcome=PieceOutcome(told["outcome"]),
        object_id=global_id(node, told["id"]) if node and told["id"] else None,
        entity_code=told["entity"],
        problem=told["problem"],
    )
