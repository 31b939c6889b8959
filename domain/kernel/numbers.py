"""Document numbers: per tenant and kind, ascending.

The counter's row stays locked until the transaction ends, so numbers are drawn last, after
every other lock, and all kinds in one call (in one order): no cycle of waits can form."""

from sqlalchemy.dialects.postgresql import insert

from domain.kernel.models import DocumentCounter
from domain.kernel.work import Work

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
    statement = insert(DocumentCounter).values(
        [{"tenant_id": work.tenant_id, "kind": k, "last": n} for k, n in kinds.items()]
    )
    rows = await work.rows(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "kind"],
            set_={"last": DocumentCounter.last + statement.excluded.last},
        ).returning(DocumentCounter.kind, DocumentCounter.last)
    )
    return {row.kind: _labels(row.kind, row.last, kinds[row.kind]) for row in rows}


def _labels(kind: str, last: int, count: int) -> list[str]:
    return [f"{PREFIXES[kind]}-{number}" for number in range(last - count + 1, last + 1)]
