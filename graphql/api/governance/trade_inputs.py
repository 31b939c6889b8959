"""What a change request proposes of trade between legal entities."""

from datetime import date

import strawberry

from api.ids import row_id_of
from api.intercompany.agreeing import TradeTermsInput, prices_of, terms_of
from domain.governance.kinds import Content
from domain.intercompany.configured_agreements import PRICES, TO, key_of
from domain.kernel.errors import InvalidInput


@strawberry.input(description="A new version of how one legal entity sells to another, or its end.")
class TradeAgreementChangeInput:
    supplier_id: strawberry.ID = strawberry.field(description="The entity that sells.")
    buyer_id: strawberry.ID = strawberry.field(description="The entity that buys.")
    is_first: bool = strawberry.field(
        default=False, description="Whether there is no version between the two yet."
    )
    terms: TradeTermsInput | None = strawberry.field(
        default=None, description="How, from then on; nothing if the last version is to end."
    )
    effective_from: date | None = strawberry.field(
        default=None, description="The first day; when it is carried out, if left out."
    )
    ends_on: date | None = strawberry.field(
        default=None, description="The last day of the last version, which is to end."
    )


def proposed_agreement(value: TradeAgreementChangeInput) -> tuple[str | None, Content]:
    """The pair as a key, unless it is new, and what is proposed in the domain's words."""
    path = ("proposal", "tradeAgreement")
    supplier_id = row_id_of(value.supplier_id, "LegalEntity", path=(*path, "supplierId"))
    buyer_id = row_id_of(value.buyer_id, "LegalEntity", path=(*path, "buyerId"))
    if (value.terms is None) == (value.ends_on is None):
        raise InvalidInput("Give either the terms or the last day.", path=(*path, "terms"))
    proposal: Content = {}
    if value.terms is not None:
        proposal |= terms_of(value.terms)
        prices = prices_of(value.terms.prices)
        proposal[PRICES] = {str(item): f"{price:f}" for item, price in prices.items()}
        for name in ("percent", "fallback_percent", "tax_percent"):
            proposal[name] = f"{proposal[name]:f}"
        if value.effective_from is not None:
            proposal["effective_from"] = value.effective_from.isoformat()
    if value.ends_on is not None:
        proposal[TO] = value.ends_on.isoformat()
    if value.is_first:
        return None, {"supplier_id": supplier_id, "buyer_id": buyer_id, **proposal}
    return key_of(supplier_id, buyer_id), proposal
