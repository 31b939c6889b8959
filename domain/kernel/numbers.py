"""Document numbers: per tenant and kind, ascending.

The counter's row stays locked until the transaction ends, so numbers are drawn last, after
every other lock, and all kinds in one call (in one order): no cycle of waits can form."""

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.models import DocumentCounter
from domain.kernel.prepared import Prepared
from domain.kernel.work import Work
from tenancy.models import Tenant

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
}


async def draw_numbers(work: Work, **wanted: int) -> dict[str, list[str]]:
    """Draw `wanted` numbers of each kind (order=2, shipment=1): {"order": ["SO-1", "SO-2"], …}."""
    kinds = {kind: count for kind, count in sorted(wanted.items()) if count > 0}
    if not kinds:
        return {}
    counts = {"kinds": list(kinds), "counts": list(kinds.values())}
    rows = await work.rows(_DRAW, counts | {"tenant": work.tenant_id})
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
        ).returning(DocumentCounter.kind, DocumentCounter.last)
    )


_DRAW = _draw()


def _labels(kind: str, last: int, count: int) -> list[str]:
    return [f"{PREFIXES[kind]}-{number}" for number in range(last - count + 1, last + 1)]
