"""Settling taxes, on the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from api.context import Info
from api.finance.taxes import TaxCode, TaxKind, load_tax_codes
from api.ids import row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform_one
from domain.finance.operations import taxes
from domain.finance.operations.taxes import WantedRate
from domain.kernel.work import Work


@strawberry.input(description="What a component takes from a day on.")
class TaxRateInput:
    component: str = strawberry.field(description="The component's name, such as VAT.")
    percent: Decimal = strawberry.field(description="In percent; 0 ends it.")
    valid_from: date = strawberry.field(description="The first day.")
    compound: bool = strawberry.field(
        default=False, description="Whether it is taken of the price with the other taxes."
    )


@strawberry.input(description="A new tax code.")
class CreateTaxCodeInput:
    code: str = strawberry.field(description="Short and unique, such as DE-STD.")
    name: str = strawberry.field(description="Its name.")
    kind: TaxKind = strawberry.field(
        default=TaxKind.STANDARD, description="How it treats what has it."
    )
    inclusive: bool = strawberry.field(
        default=False, description="Whether prices have the tax in them."
    )
    rates: list[TaxRateInput] = strawberry.field(
        default_factory=list, description="What its components take."
    )


@strawberry.input(description="What components of a tax code take from days on.")
class SetTaxRatesInput:
    tax_code_id: strawberry.ID = strawberry.field(description="The code.")
    rates: list[TaxRateInput] = strawberry.field(description="The rates; others stay.")


@strawberry.type(description="What a mutation did to a tax code.")
class TaxCodePayload:
    tax_code: TaxCode | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


def _rates(rates: list[TaxRateInput]) -> list[WantedRate]:
    return [
        WantedRate(
            component=each.component,
            percent=each.percent,
            valid_from=each.valid_from,
            is_compound=each.compound,
        )
        for each in rates
    ]


@strawberry.type
class TaxCodeMutation:
    @strawberry.mutation(description="Make a tax code with its rates. Needs finance.manage.")
    async def create_tax_code(
        self,
        info: Info,
        input: Annotated[CreateTaxCodeInput, strawberry.argument(description="The code.")],
    ) -> TaxCodePayload:
        fields = given(input, "code", "name", "kind")

        async def run(work: Work) -> int:
            return await taxes.create_tax_code(
                work, is_inclusive=input.inclusive, rates=_rates(input.rates), **fields
            )

        code, refused = await perform_one(info, run, input=input, load=load_tax_codes)
        return TaxCodePayload(tax_code=code, user_errors=refused)

    @strawberry.mutation(
        description="Set what components of a tax code take from days on; what was billed keeps "
        "its taxes. Needs finance.manage."
    )
    async def set_tax_rates(
        self,
        info: Info,
        input: Annotated[SetTaxRatesInput, strawberry.argument(description="The rates.")],
    ) -> TaxCodePayload:
        code_id = row_id_of(input.tax_code_id, "TaxCode", path=("taxCodeId",))

        async def run(work: Work) -> int:
            return await taxes.set_tax_rates(work, tax_code_id=code_id, rates=_rates(input.rates))

        code, refused = await perform_one(info, run, input=input, load=load_tax_codes)
        return TaxCodePayload(tax_code=code, user_errors=refused)
