"""Document numbers: per tenant and kind (or `kind:which`, for one entity's own), ascending.

The counter's row stays locked until the transaction ends, so numbers are drawn last, after
every other lock, and all kinds in one call (in one order): no cycle of waits can form."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.kernel.models import DocumentCounter
from domain.kernel.prepared import Prepared
from domain.kernel.quotas import reached
from domain.kernel.work import Work
from tenancy.models import Tenant
from tenancy.quotas import ORDERS

PREFIXES = {
    "order": "SO",
    "fulfilment": "FO",
    "shipment": "SH",
    "carton": "CT",
    "journal": "JE",
    "receipt": "RC",
    "adjustment": "AD",
    "kit_assembly": "KA",
    "count": "SC",
    "transfer": "TR",
    "allocation_run": "AR",
    "purchase_order": "PO",
    "intercompany_settlement": "IS",
    "group_adjustment": "GA",
    "landed_cost": "LC",
    "revaluation": "RV",
    "invoice": "IN",
    "credit_note": "CN",
    "payment": "PY",
    "supplier_invoice": "SI",
    "payment_run": "PR",
    "return": "RR",
    "return_authorization": "RMA",
    "return_receipt": "RT",
    "return_credit": "RCR",
}


async def draw_numbers(work: Work, **wanted: int) -> dict[str, list[str]]:
    """Draw `wanted` numbers of each kind (order=2, shipment=1): {"order": ["SO-1", "SO-2"], …}.
    Raises QuotaReached when the month's orders are used up."""
    kinds = {kind: count for kind, count in sorted(wanted.items()) if count > 0}
    if not kinds:
        return {}
    counts = {"kinds": list(kinds), "counts": list(kinds.values())}
    rows = await work.rows(_DRAW, counts | {"tenant": work.tenant_id})
    for row in rows:
        _keep_below_ceiling(work, row)
    return {row.kind: _labels(row.kind, row.last, kinds[row.kind]) for row in rows}


def _draw() -> Prepared:
    """Adds to counters; from the tenant's row, as `inserting` explains."""
    given = (
        func.unnest(
            bindparam("kinds", type_=ARRAY(Text)), bindparam("counts", type_=ARRAY(BigInteger))
        )
        .table_valued(
            column("kind", Text), column("number", BigInteger), with_ordinality="given_position"
        )
        .render_derived(name="given")
    )
    rows = (
        select(Tenant.id, given.c.kind, given.c.number)
        .select_from(Tenant)
        .join(given, true())
        .where(Tenant.id == bindparam("tenant", type_=Tenant.id.type))
        .order_by(given.c.given_position)
    )
    statement = insert(DocumentCounter).from_select(["tenant_id", "kind", "last"], rows)
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "kind"],
            set_={"last": DocumentCounter.last + statement.excluded.last},
        ).returning(
            DocumentCounter.kind,
            DocumentCounter.last,
            DocumentCounter.counted_from,
            DocumentCounter.ceiling,
            DocumentCounter.ceiling_until,
        )
    )


_DRAW = _draw()


def _keep_below_ceiling(work: Work, row: Row[Any]) -> None:
    """The counter is locked: what it counted is exact, and costs nothing to know."""
    if row.ceiling is not None and row.last > row.ceiling and work.now < row.ceiling_until:
        raise reached(ORDERS, row.ceiling - row.counted_from)


def _labels(kind: str, last: int, count: int) -> list[str]:
    prefix = PREFIXES[kind.partition(":")[0]]
    return [f"{prefix}-{number}" for number in range(last - count + 1, last + 1)]
