"""A payout's report was corrected: what was made of the one before is taken back."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, or_, select, update
from sqlalchemy.engine import Row

from domain.finance.models import Payment, Settlement, SettlementDifference, SettlementMatch
from domain.finance.settlement.events import SettlementReplaced
from domain.kernel.work import Work
from domain.ledger.models import Journal
from domain.ledger.reversing import reverse_journals


async def posted_before(work: Work, settlement: Row[Any]) -> Row[Any] | None:
    """The revision of a payout that is posted, locked with its differences."""
    s = Settlement
    row = await work.row(
        select(*s.__table__.c)
        .where(
            s.tenant_id == work.tenant_id,
            s.channel_id == settlement.channel_id,
            s.external_id == settlement.external_id,
            s.status == "posted",
        )
        .with_for_update()
    )
    if row is not None:
        await _differences(work, row.id)
    return row


async def replace_settlement(work: Work, settlement: Row[Any]) -> None:
    """Take back all that was made of a settlement, whose payments are locked too: they wait again,
    its differences are over, its journals are reversed. Its lines stay as they were read."""
    differences = await _differences(work, settlement.id)
    matches = await _end_matches(work, settlement.id)
    await end_replaced(work, SettlementDifference.settlement_id == settlement.id)
    await drop_revision(work, settlement)
    journals = await _journals(work, settlement.id, differences, matches)
    description = f"Payout {settlement.external_id} was corrected"
    await reverse_journals(work, journals, description=description)


async def drop_revision(work: Work, settlement: Row[Any]) -> None:
    """A corrected report takes the place of a settlement."""
    await work.execute(
        update(Settlement)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == settlement.id)
        .values(status="replaced")
    )
    work.record(
        SettlementReplaced(
            aggregate_id=settlement.id,
            channel_id=settlement.channel_id,
            external_id=settlement.external_id,
        )
    )
    work.audit(
        "replace_settlement",
        subject="payout",
        subject_id=settlement.id,
        before={"status": settlement.status},
        after={"status": "replaced"},
    )


async def _differences(work: Work, settlement_id: int) -> list[int]:
    """Those that lie on the clearing account because of it, or did."""
    d = SettlementDifference
    return list(
        await work.values(
            select(d.id)
            .where(
                d.tenant_id == work.tenant_id,
                d.settlement_id == settlement_id,
                d.payment_id.is_(None),
            )
            .order_by(d.id)
            .with_for_update()
        )
    )


async def _end_matches(work: Work, settlement_id: int) -> list[int]:
    m = SettlementMatch
    rows = await work.rows(
        select(m.id, m.payment_id, m.amount_minor, m.base_minor).where(
            m.tenant_id == work.tenant_id, m.settlement_id == settlement_id, m.ended_at.is_(None)
        )
    )
    if not rows:
        return []
    sums: dict[int, tuple[int, int]] = {}
    for row in rows:
        amount, base = sums.get(row.payment_id, (0, 0))
        sums[row.payment_id] = (amount + row.amount_minor, base + row.base_minor)
    await add_cleared(work, {n: (-amount, -base) for n, (amount, base) in sums.items()})
    ids = [row.id for row in rows]
    await work.execute(
        update(m).where(m.tenant_id == work.tenant_id, m.id.in_(ids)).values(ended_at=work.now)
    )
    return ids


async def add_cleared(work: Work, added: dict[int, tuple[int, int]]) -> None:
    """Add to what of locked payments (by id) was found in payouts: (amount, base). One statement;
    the database holds it to what was paid."""
    if not added:
        return
    given = (
        func.unnest(
            literal(list(added), ARRAY(BigInteger)),
            literal([amount for amount, _ in added.values()], ARRAY(BigInteger)),
            literal([base for _, base in added.values()], ARRAY(BigInteger)),
        )
        .table_valued(*(column(name, BigInteger) for name in ("id", "amount", "base")))
        .render_derived(name="given")
    )
    await work.execute(
        update(Payment)
        .where(Payment.tenant_id == work.tenant_id, Payment.id == given.c.id)
        .values(
            cleared_minor=Payment.cleared_minor + given.c.amount,
            cleared_base_minor=Payment.cleared_base_minor + given.c.base,
        )
    )


async def end_replaced(work: Work, which: Any) -> None:
    """What was said in these differences does not hold any more: something else is said, if any.
    The channel's terms are locked."""
    d = SettlementDifference
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, which, d.status != "resolved")
        .values(
            status="resolved",
            held_minor=0,
            held_base_minor=0,
            wait_until=None,
            resolution="replaced",
            resolved_at=work.now,
            version=d.version + 1,
        )
    )


async def _journals(
    work: Work, settlement_id: int, differences: list[int], matches: list[int]
) -> list[int]:
    j = Journal
    of = [
        (j.source_kind == kind) & j.source_id.in_(ids)
        for kind, ids in (
            ("settlement", [settlement_id]),
            ("settlement_difference", differences),
            ("settlement_match", matches),
        )
        if ids
    ]
    return list(
        await work.values(
            select(j.id).where(j.tenant_id == work.tenant_id, or_(*of)).order_by(j.id)
        )
    )
