"""The documents behind what is owed as of any day, on the API."""

from datetime import date
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.balances import AsOf, OfEntity, OfParty, Side, asked
from api.ids import global_id
from api.nodes import Node, load_any
from api.scalars import Money, money
from domain.finance.queries.open_documents import open_documents
from domain.kernel.ids import kind_named


@strawberry.type(description="A document of which something was open.")
class OpenDocument:
    number: str = strawberry.field(description="The document's number.")
    amount: Money = strawberry.field(
        description="What of it was open; negative for what had settled nothing yet."
    )
    due_on: date | None = strawberry.field(
        description="When it was due; null for credit notes and payments."
    )
    days_overdue: int | None = strawberry.field(
        description="How long it was overdue; not above zero where it was not."
    )
    document_id: strawberry.ID = strawberry.field(description="The document's id.")
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]

    @strawberry.field(description="An invoice, credit note, payment or supplier's invoice.")
    async def document(self, info: Info) -> Node | None:
        return await info.context.load(load_any, self.document_id)

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The customer or supplier; null where an order named nobody.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "OpenDocument":
        """From a row of the domain's queries."""
        return cls(
            number=row.number,
            amount=money(row.amount_minor, row.currency),
            due_on=row.due_on,
            days_overdue=row.days_overdue,
            document_id=global_id(kind_named(row.kind), row.id),
            entity_id=row.entity_id,
            party_id=row.party_id,
        )


@strawberry.type
class OpenDocumentQuery:
    @strawberry.field(
        description="The documents of which aged balances are made up, the first due first, 1,000 "
        "at most. A partner sees its own. Needs finance.read."
    )
    async def open_documents(
        self,
        info: Info,
        side: Side,
        as_of: AsOf = None,
        entity_id: OfEntity = None,
        party_id: OfParty = None,
    ) -> list[OpenDocument]:
        rows = await open_documents(
            await info.context.reader(), **asked(info, side, as_of, entity_id, party_id)
        )
        return [OpenDocument.of(row) for row in rows]
