"""What is on hand is corrected."""

from collections.abc import Sequence

from domain.inventory.adjustments import corrections_of, require_within_tolerance
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.documents import WrittenDocument
from domain.inventory.lines import AdjustmentLine, require_some
from domain.inventory.sites import find_site
from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("inventory.adjust")
async def adjust_stock(
    work: Work,
    *,
    location_id: int,
    lines: Sequence[AdjustmentLine],
    reason: str,
    owner_id: int | None = None,
) -> WrittenDocument:
    """Correct what is on hand at a location, by a delta or to a quantity.

    A correction to a quantity is made only if `expected` is what is on hand; otherwise
    StockChanged, with nothing changed. What is found comes in at the moving average, what is lost
    goes out at it, against inventory adjustments; pieces with serial numbers are named. Raises
    NotFound, InvalidInput, QuantityNotExact, LocationClosed, StockShort, SerialTaken,
    SerialNotThere, and AboveTolerance: then ask for approval with request_stock_adjustment."""
    require_some(lines)
    reason = text.name(reason, path=("reason",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    before, corrections = await corrections_of(work, site, lines)
    await require_within_tolerance(work, [site.location_id], corrections)
    document = await book_corrections(
        work,
        corrections,
        site=site,
        reason=reason,
        balance_ids=[balance.id for balance in before],
    )
    _tell(work, document, corrections, reason)
    return document


def _tell(
    work: Work, document: WrittenDocument, corrections: Sequence[Correction], reason: str
) -> None:
    on_hand = [(each.balance.id, each.balance.on_hand, each.delta) for each in corrections]
    work.audit(
        "adjust_stock",
        subject="stock_document",
        subject_id=document.document_id,
        before={"on_hand": {str(balance_id): was for balance_id, was, _ in on_hand}},
        after={"on_hand": {str(balance_id): was + delta for balance_id, was, delta in on_hand}},
        reason=reason,
    )
