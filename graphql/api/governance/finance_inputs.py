"""What a change request proposes of how a party is billed and pays."""

from decimal import Decimal
from typing import Any

import strawberry

from api.finance.setting_changes import SetPartyFinanceInput
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
class PartyFinanceChangeInput(SetPartyFinanceInput):
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
