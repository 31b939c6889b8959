"""The document behind movements made by hand, and the journal that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from domain.inventory.models import StockDocument
from domain.inventory.movements import Change, write_movements
from domain.inventory.sites import Site
from domain.inventory.valuation.kinds import Source
from domain.kernel.numbers import draw_numbers
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Leg
from domain.ledger.posting import Entry, post

REFERENCE_KIND = "stock_document"


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A stock document that was written, and the balances of its lines, in their order."""

    document_id: int
    number: str
    balance_ids: tuple[int, ...]

    @property
    def source(self) -> Source:
        """What layers and issues of cost come from."""
        return Source(REFERENCE_KIND, self.document_id)


async def write_document(
    work: Work,
    *,
    kind: str,
    site: Site,
    reason: str,
    changes: Sequence[Change],
    balance_ids: Sequence[int],
    external_reference: str | None = None,
) -> WrittenDocument:
    """Number a document and write the movements of changes that were made to the balances.

    The number is drawn here: every balance and cost is locked before."""
    number = (await draw_numbers(work, **{kind: 1}))[kind][0]
    document_id = await work.value(
        insert(StockDocument)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            kind=kind,
            location_id=site.location_id,
            owner_id=site.owner_id,
            reason=reason,
            external_reference=external_reference,
            actor=work.principal.name,
            occurred_at=work.now,
        )
        .returning(StockDocument.id)
    )
    await write_movements(work, changes, reference_kind=REFERENCE_KIND, reference_id=document_id)
    return WrittenDocument(document_id, number, tuple(balance_ids))


async def post_document(
    work: Work,
    document: WrittenDocument,
    *,
    milestone: str,
    site: Site,
    legs: Sequence[Leg | tuple[str, int]],
) -> None:
    """Post what a document did to the value of stock, by its legs."""
    await post(
        work,
        [
            Entry(
                entity_id=site.owner_id,
                milestone=milestone,
                source_kind=REFERENCE_KIND,
                source_id=document.document_id,
                currency=site.currency,
                legs=tuple(legs),
                posted_on=work.now.date(),
                description=f"{milestone.capitalize()} {document.number}",
                trace={"stock_document_id": document.document_id},
                dimensions=Dimensions(location_id=site.location_id),
            )
        ],
    )
