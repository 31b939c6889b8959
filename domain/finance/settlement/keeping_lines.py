"""The lines of payouts are kept as a document tells them, part by part."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select, update

from domain.finance.models import Settlement, SettlementLine
from domain.finance.settlement.told import ToldLine
from domain.kernel.inserting import insert_rows
from domain.kernel.money import to_minor
from domain.kernel.reading import Reader
from domain.kernel.work import Work

_REFERENCES = (
    *("kind", "word", "posted_on", "external_id", "order_reference", "merchant_reference"),
    *("adjustment_reference", "shipment_reference", "sku", "quantity"),
)


async def add_lines(
    work: Work, settlement_id: int, lines: Iterable[ToldLine], *, currency: str
) -> int:
    """Add lines to a settlement that is locked, after those that it has; how many were new: a line
    whose id it has already is left out."""
    given = {each.external_id: each for each in lines if each.external_id is not None}
    known = await _known_lines(work, settlement_id, list(given)) if given else set()
    fresh = [each for each in lines if each.external_id is None or each.external_id not in known]
    if not fresh:
        return 0
    amounts = [to_minor(each.amount, currency) for each in fresh]
    counted = sum(a for a, each in zip(amounts, fresh, strict=True) if each.counts)
    first = await work.value(
        update(Settlement)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == settlement_id)
        .values(
            line_count=Settlement.line_count + len(fresh),
            lines_minor=Settlement.lines_minor + counted,
        )
        .returning(Settlement.line_count - len(fresh))
    )
    await insert_rows(
        work,
        SettlementLine,
        [
            {
                **{name: getattr(each, name) for name in _REFERENCES},
                "settlement_id": settlement_id,
                "line_number": first + place,
                "amount_minor": amount,
            }
            for place, (each, amount) in enumerate(zip(fresh, amounts, strict=True), start=1)
        ],
    )
    return len(fresh)


async def _known_lines(
    reader: Reader, settlement_id: int, external_ids: Collection[str]
) -> set[str]:
    return set(
        await reader.values(
            select(SettlementLine.external_id).where(
                SettlementLine.tenant_id == reader.tenant_id,
                SettlementLine.settlement_id == settlement_id,
                SettlementLine.external_id.in_(external_ids),
            )
        )
    )


async def unknown_lines(
    reader: Reader, settlement_ids: Mapping[str, int], lines: Iterable[ToldLine]
) -> list[ToldLine]:
    """Those of these lines that their settlements (by payout) do not have. One statement."""
    own = [each for each in lines if each.payout in settlement_ids]
    n = SettlementLine
    rows = await reader.rows(
        select(n.settlement_id, n.external_id).where(
            n.tenant_id == reader.tenant_id,
            n.settlement_id.in_(set(settlement_ids.values())),
            n.external_id.in_([each.external_id for each in own if each.external_id is not None]),
        )
    )
    known = {(row.settlement_id, row.external_id) for row in rows}
    return [each for each in own if (settlement_ids[each.payout], each.external_id) not in known]
