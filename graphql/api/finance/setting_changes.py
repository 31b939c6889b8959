"""Settling payment terms, taxes, and how parties are billed and pay, on the API."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.finance.settings import (
    EntityFinance,
    InvoiceOccasion,
    InvoicePeriod,
    PartyFinance,
    PaymentTerm,
    TaxRounding,
    load_entity_finances,
    load_party_finances,
    load_payment_terms,
)
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform_one
from domain.finance.amounts import exact_minor
from domain.finance.operations import settings, taxes
from domain.kernel.work import Work

TERMS = ("customer_term_id", "supplier_term_id")


@strawberry.input(description="A new payment term.")
class CreatePaymentTermInput:
    code: str = strawberry.field(description="Short and unique, such as N30.")
    name: str = strawberry.field(description="Its name.")
    days: int = strawberry.field(description="So many days after the invoice, 0 to 365.")
    end_of_month: bool = strawberry.field(
        default=False, description="Whether they count from the end of the invoice's month."
    )


@strawberry.input(description="Changes of a payment term, for invoices from now on.")
class UpdatePaymentTermInput:
    id: strawberry.ID = strawberry.field(description="The term.")
    name: str | None = strawberry.field(default=None, description="New name.")
    days: int | None = strawberry.field(default=None, description="New days.")
    end_of_month: bool | None = strawberry.field(
        default=None, description="Whether they count from the end of the month."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.type(description="What a mutation did to a payment term.")
class PaymentTermPayload:
    payment_term: PaymentTerm | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="How a party is billed and pays; null: as its parent, or the entity.")
class SetPartyFinanceInput:
    party_id: strawberry.ID = strawberry.field(description="The party.")
    invoice_at: InvoiceOccasion | None = strawberry.field(
        default=strawberry.UNSET, description="When it is billed."
    )
    invoice_every: InvoicePeriod | None = strawberry.field(
        default=strawberry.UNSET, description="How long a period is."
    )
    customer_term_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The payment term by which it pays."
    )
    supplier_term_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The payment term by which it is paid."
    )
    tax_code_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="How it is taxed, wherever it is."
    )
    tax_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its number with the tax office."
    )
    quantity_percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How much more than received it may bill."
    )
    price_percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How far above the order's price, in percent."
    )
    price_minor: int | None = strawberry.field(
        default=strawberry.UNSET, description="Or by so many minor units of a line."
    )


@strawberry.input(description="Up to what a customer may owe, with all below it.")
class SetCreditLimitInput:
    party_id: strawberry.ID = strawberry.field(description="The customer.")
    limit: Decimal | None = strawberry.field(
        default=None, description="In major units; no limit of its own, if absent."
    )
    currency: str | None = strawberry.field(default=None, description="Its currency (ISO 4217).")


@strawberry.type(description="What a mutation did to how a party is billed and pays.")
class PartyFinancePayload:
    party_finance: PartyFinance | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="What a legal entity does where a party has no terms of its own.")
class SetEntityFinanceInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    invoice_at: InvoiceOccasion | None = strawberry.field(
        default=strawberry.UNSET, description="When customers are billed."
    )
    invoice_every: InvoicePeriod | None = strawberry.field(
        default=strawberry.UNSET, description="How long a period is."
    )
    customer_term_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The payment term by which customers pay."
    )
    supplier_term_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The payment term by which suppliers are paid."
    )
    tax_rounding: TaxRounding | None = strawberry.field(
        default=strawberry.UNSET, description="How taxes by code are rounded."
    )


@strawberry.input(description="Which tax code a legal entity's sales have, where.")
class SetTaxRuleInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    tax_code_id: strawberry.ID | None = strawberry.field(
        default=None, description="The code; absent: the rule is taken away."
    )
    country: str | None = strawberry.field(default=None, description="To this country (ISO).")
    region: str | None = strawberry.field(default=None, description="To this region of it.")
    item_group: str | None = strawberry.field(default=None, description="Of this group of items.")


@strawberry.type(description="What a mutation did to a legal entity's terms.")
class EntityFinancePayload:
    entity_finance: EntityFinance | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


Run = Callable[[Work], Awaitable[int]]


def _fields(input: Any, own: str) -> dict[str, Any]:
    """The fields that were given, ids as the domain knows them."""
    fields = given(input)
    del fields[own]
    for name in TERMS:
        if name in fields:
            fields[name] = optional_row_id(fields[name], "PaymentTerm", path=(name,))
    if "tax_code_id" in fields:
        fields["tax_code_id"] = optional_row_id(
            fields["tax_code_id"], "TaxCode", path=("taxCodeId",)
        )
    return fields


@strawberry.type
class FinanceSettingsMutation:
    @strawberry.mutation(description="Say when invoices are to be paid. Needs finance.manage.")
    async def create_payment_term(
        self,
        info: Info,
        input: Annotated[CreatePaymentTermInput, strawberry.argument(description="The term.")],
    ) -> PaymentTermPayload:
        async def run(work: Work) -> int:
            return await settings.create_payment_term(work, **given(input))

        term, refused = await perform_one(info, run, input=input, load=load_payment_terms)
        return PaymentTermPayload(payment_term=term, user_errors=refused)

    @strawberry.mutation(description="Change a payment term. Needs finance.manage.")
    async def update_payment_term(
        self,
        info: Info,
        input: Annotated[UpdatePaymentTermInput, strawberry.argument(description="The changes.")],
    ) -> PaymentTermPayload:
        fields = given(input, "name", "days", "end_of_month", "expected_version")
        term_id = row_id_of(input.id, "PaymentTerm")

        async def run(work: Work) -> int:
            return await settings.update_payment_term(work, payment_term_id=term_id, **fields)

        term, refused = await perform_one(info, run, input=input, load=load_payment_terms)
        return PaymentTermPayload(payment_term=term, user_errors=refused)

    @strawberry.mutation(
        description="Say how a party is billed and pays; what is left out stays. Needs "
        "finance.manage."
    )
    async def set_party_finance(
        self,
        info: Info,
        input: Annotated[SetPartyFinanceInput, strawberry.argument(description="How.")],
    ) -> PartyFinancePayload:
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))
        fields = _fields(input, "party_id")
        return await _party_payload(
            info,
            lambda work: settings.set_party_finance(work, party_id=party_id, fields=fields),
            input,
        )

    @strawberry.mutation(
        description="Say up to what a customer may owe, with all below it: orders beyond that are "
        "held for credit. Needs finance.manage."
    )
    async def set_credit_limit(
        self,
        info: Info,
        input: Annotated[SetCreditLimitInput, strawberry.argument(description="How much.")],
    ) -> PartyFinancePayload:
        party_id = row_id_of(input.party_id, "Party", path=("partyId",))
        limit = None
        if input.limit is not None:
            limit = exact_minor(input.limit, input.currency or "", path=("limit",))
        return await _party_payload(
            info,
            lambda work: settings.set_credit_limit(
                work, party_id=party_id, currency=input.currency, limit_minor=limit
            ),
            input,
        )

    @strawberry.mutation(
        description="Say what a legal entity does where a party has no terms of its own; what is "
        "left out stays. Needs finance.manage."
    )
    async def set_entity_finance(
        self,
        info: Info,
        input: Annotated[SetEntityFinanceInput, strawberry.argument(description="What.")],
    ) -> EntityFinancePayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        fields = _fields(input, "entity_id")
        return await _entity_payload(
            info,
            lambda work: settings.set_entity_finance(work, entity_id=entity_id, fields=fields),
            input,
        )

    @strawberry.mutation(
        description="Say which tax code a legal entity's sales have, where. Needs finance.manage."
    )
    async def set_tax_rule(
        self,
        info: Info,
        input: Annotated[SetTaxRuleInput, strawberry.argument(description="Which, where.")],
    ) -> EntityFinancePayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        code_id = optional_row_id(input.tax_code_id, "TaxCode", path=("taxCodeId",))
        place = given(input, "country", "region", "item_group")
        return await _entity_payload(
            info,
            lambda work: taxes.set_tax_rule(
                work, entity_id=entity_id, tax_code_id=code_id, **place
            ),
            input,
        )


async def _party_payload(info: Info, run: Run, input: object) -> PartyFinancePayload:
    party, refused = await perform_one(info, run, input=input, load=load_party_finances)
    return PartyFinancePayload(party_finance=party, user_errors=refused)


async def _entity_payload(info: Info, run: Run, input: object) -> EntityFinancePayload:
    entity, refused = await perform_one(info, run, input=input, load=load_entity_finances)
    return EntityFinancePayload(entity_finance=entity, user_errors=refused)
