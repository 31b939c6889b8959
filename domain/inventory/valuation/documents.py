"""The documents behind changes of value, and the journals that follow from them."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.entities.models import LegalEntity
from domain.inventory.valuation.kinds import Corrected, Legs, Source, merged
from domain.inventory.valuation.telling_apart import told_apart
from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.entries import Leg
from domain.ledger.posting import Entry, post


async def entity_currency(reader: Reader, entity_id: int) -> str:
    """The currency that an entity keeps its books in. Raises NotFound."""
    currency = await reader.value(
        select(LegalEntity.currency).where(
            LegalEntity.tenant_id == reader.tenant_id, LegalEntity.id == entity_id
        )
    )
    if currency is None:
        raise NotFound("legal entity")
    return str(currency)


async def post_change(
    work: Work,
    *,
    entity_id: int,
    currency: str,
    milestone: str,
    source: Source,
    legs: Legs,
    description: str,
    corrected: Sequence[Corrected] = (),
    owed: Sequence[Leg] = (),
) -> None:
    """Post what a document did to the value of an entity's stock, what of that is of which goods
    that had left, and what is owed for it."""
    await post(
        work,
        [
            Entry(
                entity_id=entity_id,
                milestone=milestone,
                source_kind=source.kind,
                source_id=source.id,
                currency=currency,
                legs=(*await told_apart(work, merged(legs), corrected), *owed),
                posted_on=work.now.date(),
                description=description,
                trace={f"{source.kind}_id": source.id},
            )
        ],
    )
