"""What a change request proposes of how a party is billed and pays."""

from decimal import Decimal
from typing import Any

import strawberry

from api.finance.settings import InvoiceOccasion, InvoicePeriod
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from domain.finance.amounts import exact_minor
from domain.finance.configured_terms import LIMIT
from domain.governance.kinds import Content
from domain.kernel import iso

PATH = ("proposal", "partyFinance")


@strawberry.input(description="A limit of credit that is to hold.")
class CreditLimitInput:
    amount: Decimal = strawberry.field(description="In major units.")
    currency: str = strawberry.field(description="Its currency (ISO 4217).")


@strawberry.input(description="How a party is to be billed and to pay; what is left out stays.")
class PartyFinanceChangeInput:
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
    credit_limit: CreditLimitInput | None = strawberry.field(
        default=strawberry.UNSET, description="Up to what it may owe; null: no limit of its own."
    )


def proposed_terms(value: PartyFinanceChangeInput) -> tuple[str | None, Content]:
    """The party as a key, and what is proposed in the domain's words."""
    proposal: Content = given(value)
    key = str(row_id_of(proposal.pop("party_id"), "Party", path=(*PATH, "partyId")))
    for name, kind in (
        ("customer_term_id", "PaymentTerm"),
        ("supplier_term_id", "PaymentTerm"),
        ("tax_code_id", "TaxCode"),
    ):
        if name in proposal:
            proposal[name] = optional_row_id(proposal[name], kind, path=(*PATH, name))
    if LIMIT in proposal:
        proposal[LIMIT] = _limit(proposal[LIMIT])
    return key, proposal


def _limit(limit: Any) -> Content | None:
    if limit is None:
        return None
    currency = iso.currency(limit.currency, path=(*PATH, "creditLimit", "currency"))
    amount = exact_minor(limit.amount, currency, path=(*PATH, "creditLimit", "amount"))
    return {"currency": currency, "limit_minor": amount}
