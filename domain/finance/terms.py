"""How parties are billed and pay: their own terms, else their parents', else the entity's."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, bindparam, select, text
from sqlalchemy.engine import Row

from domain.finance.models import EntityFinance, PaymentTerm
from domain.finance.policies.matching import Tolerance
from domain.finance.policies.terms import SHIPMENT, Term
from domain.kernel.reading import Reader

# The nearest first: of each field the first that is said counts.
_PARTIES = text(
    """
    WITH RECURSIVE above AS (
        SELECT p.id AS party, p.id, p.parent_id, 0 AS steps FROM party p
        WHERE p.tenant_id = :tenant AND p.id = ANY (:parties)
        UNION
        SELECT a.party, p.id, p.parent_id, a.steps + 1 FROM party p
        JOIN above a ON p.id = a.parent_id
        WHERE p.tenant_id = :tenant AND a.steps < 100
    )
    SELECT a.party, f.invoice_at, f.invoice_every, f.customer_term_id, f.supplier_term_id,
           f.tax_code_id, f.quantity_percent, f.price_percent, f.price_minor
    FROM above a JOIN party_finance f ON f.tenant_id = :tenant AND f.party_id = a.id
    ORDER BY a.party, a.steps
    """
).bindparams(bindparam("parties", type_=ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True)
class PartyTerms:
    """What is said of a party, or of those above it; None: nothing is."""

    invoice_at: str | None = None
    invoice_every: str | None = None
    customer_term_id: int | None = None
    supplier_term_id: int | None = None
    tax_code_id: int | None = None
    quantity_percent: Decimal | None = None
    price_percent: Decimal | None = None
    price_minor: int | None = None

    @property
    def tolerance(self) -> Tolerance:
        """How far a supplier's invoices may be off; not at all where nothing is said."""
        return Tolerance(
            self.quantity_percent or Decimal(0),
            self.price_percent or Decimal(0),
            self.price_minor or 0,
        )


@dataclass(frozen=True, slots=True)
class EntityTerms:
    """What an entity does where a party has no terms of its own."""

    invoice_at: str = SHIPMENT
    invoice_every: str = "month"
    customer_term_id: int | None = None
    supplier_term_id: int | None = None
    tax_rounding: str = "document"


NOTHING_SAID, USUAL = PartyTerms(), EntityTerms()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds between parties and entities."""

    parties: Mapping[int, PartyTerms]
    entities: Mapping[int, EntityTerms]
    terms: Mapping[int, Term]

    def of(self, party_id: int | None) -> PartyTerms:
        """A party's."""
        return self.parties.get(party_id or 0, NOTHING_SAID)

    def at(self, entity_id: int) -> EntityTerms:
        """An entity's."""
        return self.entities.get(entity_id, USUAL)

    def occasion(self, party_id: int | None, entity_id: int) -> str:
        """When the customer is billed: shipment, delivery or period."""
        return self.of(party_id).invoice_at or self.at(entity_id).invoice_at

    def every(self, party_id: int | None, entity_id: int) -> str:
        """How long a period is: day, week or month."""
        return self.of(party_id).invoice_every or self.at(entity_id).invoice_every

    def customer_term(self, party_id: int | None, entity_id: int) -> Term:
        """When a customer's invoice is due; at once where nothing is said."""
        chosen = self.of(party_id).customer_term_id or self.at(entity_id).customer_term_id
        return self.terms.get(chosen or 0, Term())

    def supplier_term(self, party_id: int, entity_id: int) -> Term:
        """When a supplier's invoice is due; at once where nothing is said."""
        chosen = self.of(party_id).supplier_term_id or self.at(entity_id).supplier_term_id
        return self.terms.get(chosen or 0, Term())


async def terms_of(
    reader: Reader, *, party_ids: Collection[int], entity_ids: Collection[int]
) -> Terms:
    """The terms of these parties and entities, in at most three statements."""
    parties = await _party_terms(reader, party_ids) if party_ids else {}
    entities = await _entity_terms(reader, entity_ids)
    everybody: list[PartyTerms | EntityTerms] = [*parties.values(), *entities.values()]
    named = {term for each in everybody for term in (each.customer_term_id, each.supplier_term_id)}
    chosen = {term for term in named if term is not None}
    return Terms(parties, entities, await _terms(reader, chosen) if chosen else {})


async def _party_terms(reader: Reader, ids: Collection[int]) -> dict[int, PartyTerms]:
    rows = await reader.rows(_PARTIES, {"tenant": reader.tenant_id, "parties": sorted(ids)})
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.party].append(row)
    return {party: _nearest(own) for party, own in found.items()}


def _nearest(rows: list[Row[Any]]) -> PartyTerms:
    said = {
        field.name: next((v for row in rows if (v := getattr(row, field.name)) is not None), None)
        for field in fields(PartyTerms)
    }
    return PartyTerms(**said)


async def _entity_terms(reader: Reader, ids: Collection[int]) -> dict[int, EntityTerms]:
    names = [field.name for field in fields(EntityTerms)]
    rows = await reader.rows(
        select(EntityFinance.entity_id, *(getattr(EntityFinance, name) for name in names)).where(
            EntityFinance.tenant_id == reader.tenant_id, EntityFinance.entity_id.in_(ids)
        )
    )
    return {row.entity_id: EntityTerms(*row[1:]) for row in rows}


async def _terms(reader: Reader, ids: Collection[int]) -> dict[int, Term]:
    rows = await reader.rows(
        select(PaymentTerm.id, PaymentTerm.days, PaymentTerm.end_of_month).where(
            PaymentTerm.tenant_id == reader.tenant_id, PaymentTerm.id.in_(ids)
        )
    )
    return {row.id: Term(row.days, row.end_of_month) for row in rows}
