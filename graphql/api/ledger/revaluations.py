"""Foreign balances at the rates of a day, on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.ledger.journals import Journal, load_journals
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.operations.revaluation import revalue_foreign_balances
from domain.ledger.queries import settings as queries


@strawberry.type(description="Open foreign balances of a legal entity put at the rates of a day.")
class Revaluation(Node):
    as_of: date = strawberry.field(description="The day.")
    created_by: str = strawberry.field(description="Who had it done.")
    created_at: datetime = strawberry.field(description="When.")
    entity_id: strawberry.Private[int]
    journal_id: strawberry.Private[int | None]
    reversal_id: strawberry.Private[int | None]

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The unrealised differences; null: there were none.")
    async def journal(self, info: Info) -> Journal | None:
        if self.journal_id is None:
            return None
        return await info.context.load(load_journals, self.journal_id)

    @strawberry.field(description="What takes them back on the next day.")
    async def reversal(self, info: Info) -> Journal | None:
        if self.reversal_id is None:
            return None
        return await info.context.load(load_journals, self.reversal_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Revaluation":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Revaluation", row.id),
            as_of=row.as_of,
            created_by=row.created_by,
            created_at=row.created_at,
            entity_id=row.entity_id,
            journal_id=row.journal_id,
            reversal_id=row.reversal_id,
        )


async def load_revaluations(reader: Reader, ids: Sequence[int]) -> list[Revaluation | None]:
    """A batch for loaders: the revaluations of these row ids, in order."""
    rows = await queries.rows_of_ids(reader, kind="revaluation", ids=ids)
    return [Revaluation.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Revaluation", load_revaluations)


@strawberry.type
class RevaluationQuery:
    @strawberry.field(
        description="The revaluations of legal entities' foreign balances, the latest first. "
        "Needs ledger.read."
    )
    async def revaluations(
        self,
        info: Info,
        entity_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this legal entity only.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Revaluation]:
        listing = await queries.revaluations(
            await info.context.reader(),
            entity_id=optional_row_id(entity_id, "LegalEntity", path=("entityId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Revaluation.of, count=listing.count)


@strawberry.input(description="Whose foreign balances, and as of when.")
class RevalueForeignBalancesInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    as_of: date = strawberry.field(description="The day, mostly the last of a period.")


@strawberry.type(description="What revalueForeignBalances did.")
class RevalueForeignBalancesPayload:
    revaluation: Revaluation | None = strawberry.field(description="The run.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was posted.")


@strawberry.type
class RevaluationMutation:
    @strawberry.mutation(
        description="Post the unrealised differences of open foreign balances at the rates of a "
        "day, and take them back on the next. Needs ledger.post."
    )
    async def revalue_foreign_balances(
        self,
        info: Info,
        input: Annotated[RevalueForeignBalancesInput, strawberry.argument(description="Whose.")],
    ) -> RevalueForeignBalancesPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def revalue(work: Work) -> int:
            done = await revalue_foreign_balances(work, entity_id=entity_id, as_of=input.as_of)
            return done.revaluation_id

        revaluation, errors = await perform_one(
            info, revalue, input=input, load=load_revaluations, key_required=True
        )
        return RevalueForeignBalancesPayload(revaluation=revaluation, user_errors=errors)
