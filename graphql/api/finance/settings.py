"""Payment terms, taxes, and how parties are billed and pay, on the API."""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.taxes import TaxCode, TaxRule, load_tax_codes, load_tax_rules
from api.ids import global_id, row_id_of
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.finance.queries import settings as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="When a customer is billed.")
class InvoiceOccasion(Enum):
    SHIPMENT = strawberry.enum_value("shipment", description="As goods leave.")
    DELIVERY = strawberry.enum_value("delivery", description="As goods are delivered.")
    PERIOD = strawberry.enum_value("period", description="For all that left in a period.")


@strawberry.enum(description="How long the period is for which a customer is billed.")
class InvoicePeriod(Enum):
    DAY = strawberry.enum_value("day", description="Each day.")
    WEEK = strawberry.enum_value("week", description="Each week, from Monday.")
    MONTH = strawberry.enum_value("month", description="Each month.")


@strawberry.enum(description="How taxes by code are rounded.")
class TaxRounding(Enum):
    DOCUMENT = strawberry.enum_value(
        "document", description="Once for the document, shared over its lines."
    )
    LINE = strawberry.enum_value("line", description="Line by line.")


@strawberry.type(description="When invoices are to be paid.")
class PaymentTerm(Node):
    code: str = strawberry.field(description="Its code, unique.")
    name: str = strawberry.field(description="Its name.")
    days: int = strawberry.field(description="So many days after the invoice.")
    end_of_month: bool = strawberry.field(
        description="Whether the days count from the end of the invoice's month."
    )
    version: int = strawberry.field(description="Rises with each change.")

    @classmethod
    def of(cls, row: Row[Any]) -> "PaymentTerm":
        """From a row of the domain's queries."""
        same = ("code", "name", "days", "end_of_month", "version")
        return cls(
            id=global_id("PaymentTerm", row.id), **{name: getattr(row, name) for name in same}
        )


@strawberry.type(description="What a legal entity does where a party has no terms of its own.")
class EntityFinance:
    invoice_at: InvoiceOccasion = strawberry.field(description="When customers are billed.")
    invoice_every: InvoicePeriod = strawberry.field(description="How long a period is.")
    tax_rounding: TaxRounding = strawberry.field(description="How taxes by code are rounded.")
    entity_id: strawberry.Private[int]
    customer_term_id: strawberry.Private[int | None]
    supplier_term_id: strawberry.Private[int | None]

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="When customers pay; null: at once.")
    async def customer_term(self, info: Info) -> PaymentTerm | None:
        return await _term(info, self.customer_term_id)

    @strawberry.field(description="When suppliers are paid; null: at once.")
    async def supplier_term(self, info: Info) -> PaymentTerm | None:
        return await _term(info, self.supplier_term_id)

    @strawberry.field(description="Which tax codes its sales have.")
    async def tax_rules(self, info: Info) -> list[TaxRule]:
        return await info.context.load(load_tax_rules, self.entity_id)


@strawberry.type(
    description="How a party is billed and pays; what is null is as its parent's, and at last the "
    "legal entity's."
)
class PartyFinance:
    invoice_at: InvoiceOccasion | None = strawberry.field(description="When it is billed.")
    invoice_every: InvoicePeriod | None = strawberry.field(description="How long a period is.")
    tax_number: str | None = strawberry.field(description="Its number with the tax office.")
    quantity_percent: Decimal | None = strawberry.field(
        description="As a supplier: how much more than received it may bill, in percent."
    )
    price_percent: Decimal | None = strawberry.field(
        description="As a supplier: how far above the order's price, in percent."
    )
    price_minor: int | None = strawberry.field(
        description="As a supplier: or by so many minor units of a line."
    )
    party_id: strawberry.Private[int]
    customer_term_id: strawberry.Private[int | None]
    supplier_term_id: strawberry.Private[int | None]
    tax_code_id: strawberry.Private[int | None]

    @strawberry.field(description="The party.")
    async def party(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="When it pays as a customer.")
    async def customer_term(self, info: Info) -> PaymentTerm | None:
        return await _term(info, self.customer_term_id)

    @strawberry.field(description="When it is paid as a supplier.")
    async def supplier_term(self, info: Info) -> PaymentTerm | None:
        return await _term(info, self.supplier_term_id)

    @strawberry.field(description="How it is taxed, wherever it is.")
    async def tax_code(self, info: Info) -> TaxCode | None:
        if self.tax_code_id is None:
            return None
        return await info.context.load(load_tax_codes, self.tax_code_id)

    @strawberry.field(
        description="Up to what it may owe with all below it, and what it owes. Needs "
        "finance.manage."
    )
    async def credit(self, info: Info) -> "CustomerCredit | None":
        return await info.context.load(load_credits, self.party_id)


@strawberry.type(description="How a customer's credit stands, with all below it.")
class CustomerCredit:
    limit: Money | None = strawberry.field(description="Its own limit; null: none.")
    exposure: list[Money] = strawberry.field(
        description="What it owes, and will once its orders have left, by currency."
    )


async def _term(info: Info, term_id: int | None) -> PaymentTerm | None:
    return None if term_id is None else await info.context.load(load_payment_terms, term_id)


async def load_payment_terms(reader: Reader, ids: Sequence[int]) -> list[PaymentTerm | None]:
    """A batch for loaders: the payment terms of these row ids, in order."""
    rows = await queries.payment_terms_of_ids(reader, ids=ids)
    return [PaymentTerm.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_credits(reader: Reader, ids: Sequence[int]) -> list[CustomerCredit | None]:
    """A batch for loaders: how the credit of each customer stands."""
    found = await queries.credits_of_parties(reader, ids=ids)
    return [
        CustomerCredit(
            limit=None
            if each.limit_minor is None or each.currency is None
            else money(each.limit_minor, each.currency),
            exposure=[money(owed.amount_minor, owed.currency) for owed in each.owed],
        )
        for each in (found[row_id] for row_id in ids)
    ]


async def load_party_finances(reader: Reader, ids: Sequence[int]) -> list[PartyFinance | None]:
    """A batch for loaders: what is said of each party, be it nothing."""
    rows = await queries.party_finances(reader, ids=ids)
    return [_party_finance(row_id, rows.get(row_id)) for row_id in ids]


def _party_finance(party_id: int, row: Row[Any] | None) -> PartyFinance:
    def said(name: str) -> Any:
        return None if row is None else getattr(row, name)

    occasion, period = said("invoice_at"), said("invoice_every")
    percents: dict[str, Any] = {
        name: None if said(name) is None else plain(said(name))
        for name in ("quantity_percent", "price_percent")
    }
    same = ("tax_number", "price_minor", "customer_term_id", "supplier_term_id", "tax_code_id")
    return PartyFinance(
        party_id=party_id,
        invoice_at=None if occasion is None else InvoiceOccasion(occasion),
        invoice_every=None if period is None else InvoicePeriod(period),
        **percents,
        **{name: said(name) for name in same},
    )


async def load_entity_finances(reader: Reader, ids: Sequence[int]) -> list[EntityFinance | None]:
    """A batch for loaders: what each legal entity does, be it the usual."""
    rows = await queries.entity_finances(reader, ids=ids)
    return [_entity_finance(row_id, rows.get(row_id)) for row_id in ids]


def _entity_finance(entity_id: int, row: Row[Any] | None) -> EntityFinance:
    return EntityFinance(
        entity_id=entity_id,
        invoice_at=InvoiceOccasion("shipment" if row is None else row.invoice_at),
        invoice_every=InvoicePeriod("month" if row is None else row.invoice_every),
        tax_rounding=TaxRounding("document" if row is None else row.tax_rounding),
        customer_term_id=None if row is None else row.customer_term_id,
        supplier_term_id=None if row is None else row.supplier_term_id,
    )


refetched_by("PaymentTerm", load_payment_terms)


@strawberry.type
class FinanceSettingsQuery:
    @strawberry.field(description="Payment terms, by code. Needs finance.read.")
    async def payment_terms(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PaymentTerm]:
        listing = await queries.payment_terms(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, PaymentTerm.of, count=listing.count)

    @strawberry.field(description="How a party is billed and pays. Needs finance.manage.")
    async def party_finance(
        self,
        info: Info,
        party_id: Annotated[strawberry.ID, strawberry.argument(description="The party.")],
    ) -> PartyFinance | None:
        row_id = row_id_of(party_id, "Party", path=("partyId",))
        return await info.context.load(load_party_finances, row_id)

    @strawberry.field(
        description="What a legal entity does where a party has no terms of its own. Needs "
        "finance.manage."
    )
    async def entity_finance(
        self,
        info: Info,
        entity_id: Annotated[strawberry.ID, strawberry.argument(description="The entity.")],
    ) -> EntityFinance | None:
        row_id = row_id_of(entity_id, "LegalEntity", path=("entityId",))
        return await info.context.load(load_entity_finances, row_id)
