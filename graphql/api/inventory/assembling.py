"""Kits are put together and taken apart through the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.inventory.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.changes import StockDocumentPayload, document_payload, document_values
from api.writing import perform
from domain.inventory.kit_parts import NamedPart
from domain.inventory.lots import ToldLot
from domain.inventory.operations.assembling import KitsWanted, assemble_kits, disassemble_kits
from domain.kernel.work import Work


@strawberry.input(description="A part of a kit that is told, and not left to be chosen.")
class KitPartInput:
    item_id: strawberry.ID = strawberry.field(description="The component.")
    quantity: Decimal = strawberry.field(description="How much of it, in its base unit.")
    lot: str = strawberry.field(default="", description="Its lot, where tracked.")
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial numbers of its pieces, where tracked."
    )


@strawberry.input(description="Kits that are put together, or taken apart, at one location.")
class KitAssemblyInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    item_id: strawberry.ID = strawberry.field(description="The kit.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the kit; its base unit if absent."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str | None = strawberry.field(default=None, description="The kit's lot, where tracked.")
    expires_on: date | None = strawberry.field(
        default=None, description="The last good day of the kit's lot, when it is new."
    )
    serials: list[str] = strawberry.field(
        default_factory=list, description="The kits' own serial numbers, where tracked."
    )
    components: list[KitPartInput] = strawberry.field(
        default_factory=list,
        description="Which lots and pieces; of the others what expires first. Pieces with serial "
        "numbers are always told.",
    )
    reason: str | None = strawberry.field(default=None, description="Why.")


def _site(input: KitAssemblyInput) -> dict[str, Any]:
    return {
        "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
        "owner_id": optional_row_id(input.owner_id, "LegalEntity", path=("ownerId",)),
        **({} if input.reason is None else {"reason": input.reason}),
    }


def _kits(input: KitAssemblyInput) -> KitsWanted:
    item_id = row_id_of(input.item_id, "Item", path=("itemId",))
    lot = ToldLot(item_id=item_id, code=input.lot or "", expires_on=input.expires_on)
    return KitsWanted(
        **given(input, "quantity", "unit", "condition", "serials"),
        item_id=item_id,
        lot=lot if input.lot or input.expires_on else None,
        parts=_parts(input.components),
    )


def _parts(components: Sequence[KitPartInput]) -> list[NamedPart]:
    return [
        NamedPart(
            **given(each, "quantity", "lot", "serials"),
            item_id=row_id_of(each.item_id, "Item", path=("components", n, "itemId")),
        )
        for n, each in enumerate(components)
    ]


@strawberry.type
class KitAssemblyMutation:
    @strawberry.mutation(
        description="Put kits together: components go out of stock, the kits come in at what those "
        "cost. Needs inventory.adjust."
    )
    async def assemble_kits(
        self,
        info: Info,
        input: Annotated[KitAssemblyInput, strawberry.argument(description="What and where.")],
    ) -> StockDocumentPayload:
        site, kits = _site(input), _kits(input)

        async def assemble(work: Work) -> dict[str, Any]:
            return document_values(await assemble_kits(work, kits=kits, **site))

        done = await perform(info, assemble, input=input, key_required=True)
        return await document_payload(info, done)

    @strawberry.mutation(
        description="Take kits apart: they go out of stock, their components come in for what the "
        "kits cost. Needs inventory.adjust."
    )
    async def disassemble_kits(
        self,
        info: Info,
        input: Annotated[KitAssemblyInput, strawberry.argument(description="What and where.")],
    ) -> StockDocumentPayload:
        site, kits = _site(input), _kits(input)

        async def disassemble(work: Work) -> dict[str, Any]:
            return document_values(await disassemble_kits(work, kits=kits, **site))

        done = await perform(info, disassemble, input=input, key_required=True)
        return await document_payload(info, done)
