"""Corrections: what is on hand becomes what it is, with cost, pieces, document and journal.

The balances are locked before, and what each is to change by was decided under those locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.inventory.balances import Balance
from domain.inventory.documents import (
    REFERENCE_KIND,
    WrittenDocument,
    post_document,
    write_document,
)
from domain.inventory.events import StockAdjusted
from domain.inventory.movements import Change, change_balances
from domain.inventory.policy import ZERO
from domain.inventory.serials import MovedPiece, Piece, bring_pieces, move_pieces, note_pieces
from domain.inventory.sites import Site
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.kinds import CostAdded, CostOf, Legs, entered_legs, merged
from domain.kernel.work import Work

# The leg of the books that differences go to.
CONTRA = "inventory_adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """By how much (base units) what is on hand of a locked balance is to change, and what of it
    is held or damaged. Where the item has pieces, those `found` less those `gone` are as many as
    `delta` says."""

    balance: Balance
    delta: Decimal
    quality_control: Decimal = ZERO
    damaged: Decimal = ZERO
    gone: tuple[Piece, ...] = ()
    found: tuple[Piece, ...] = ()


def correction(balance: Balance, delta: Decimal, serials: Sequence[str] = ()) -> Correction:
    """By `delta` (base units), with the available pieces that were found or are gone."""
    pieces = tuple(
        Piece(item_id=balance.item_id, code=code, balance_id=balance.id) for code in serials
    )
    if delta > 0:
        return Correction(balance=balance, delta=delta, found=pieces)
    return Correction(balance=balance, delta=delta, gone=pieces)


async def book_corrections(
    work: Work,
    corrections: Sequence[Correction],
    *,
    site: Site,
    reason: str,
    balance_ids: Sequence[int],
    kind: str = "adjustment",
    document_kind: str = "adjustment",
    external_reference: str | None = None,
) -> WrittenDocument:
    """Book corrections of balances at one site as movements of `kind`, under one document.

    What is found comes in at what such goods are worth, what is lost goes out at what it cost,
    against inventory adjustments. `balance_ids` are all that the document speaks of, also those
    that were right. Raises StockShort when more would go than is free, SerialTaken,
    SerialNotThere, CostNotBooked."""
    changes = [
        Change(
            balance_id=each.balance.id,
            kind=kind,
            on_hand=each.delta,
            quality_control=each.quality_control,
            damaged=each.damaged,
            reason=reason,
        )
        for each in corrections
    ]
    await change_balances(work, changes)
    keys = {(each.balance.owner_id, each.balance.item_id) for each in corrections}
    book = await open_costs(work, keys)
    legs = _adjust_costs(book, corrections, site.owner_id)
    moved = await _move_pieces(work, corrections, kind=kind, reason=reason)
    document = await write_document(
        work,
        kind=document_kind,
        site=site,
        reason=reason,
        changes=changes,
        balance_ids=balance_ids,
        external_reference=external_reference,
    )
    await note_pieces(work, moved, reference_kind=REFERENCE_KIND, reference_id=document.document_id)
    await book.write(document.source, contra=CONTRA)
    await post_document(work, document, milestone="adjustment", site=site, legs=legs)
    _tell(work, document, site, corrections)
    return document


async def _move_pieces(
    work: Work, corrections: Sequence[Correction], *, kind: str, reason: str
) -> list[MovedPiece]:
    found = [piece for each in corrections for piece in each.found]
    lost = [piece for each in corrections for piece in each.gone]
    gone = await move_pieces(work, lost, to_state="removed", kind=kind, reason=reason)
    return gone + await bring_pieces(work, found, kind=kind, reason=reason)


def _adjust_costs(book: CostBook, corrections: Sequence[Correction], owner_id: int) -> Legs:
    """Let the cost follow the stock; gives what that does to the books."""
    keys = [(each.balance.owner_id, each.balance.item_id) for each in corrections]
    found = [
        CostAdded(*key, each.delta, book.worth(key, each.delta))
        for key, each in zip(keys, corrections, strict=True)
        if each.delta > 0
    ]
    lost = [
        CostOf(*key, -each.delta)
        for key, each in zip(keys, corrections, strict=True)
        if each.delta < 0
    ]
    entered = [book.add(each) for each in found]
    taken = sum(book.take(each) for each in lost)
    gained = sum(each.value_minor for each in found)
    return merged(
        entered_legs(entered),
        (("inventory", -taken), (CONTRA, taken - gained)),
        book.bought_legs(owner_id),
    )


def _tell(
    work: Work, document: WrittenDocument, site: Site, corrections: Sequence[Correction]
) -> None:
    if corrections:
        work.record(
            StockAdjusted(
                aggregate_id=document.document_id,
                number=document.number,
                location_id=site.location_id,
                owner_id=site.owner_id,
                item_ids=tuple(sorted({each.balance.item_id for each in corrections})),
            )
        )
