"""What is open: invoices, credit notes and payments, locked before anything of them is settled.

The order of the locks is that of ITEMS, and within a kind that of the ids."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.finance.models import CreditNote, Invoice, Payment, SupplierInvoice, WriteOff
from domain.finance.policies.settling import Standing
from domain.kernel.errors import NotFound
from domain.kernel.work import Work


class Item(NamedTuple):
    """Something open: an invoice, credit_note, payment, supplier_invoice, or a write_off."""

    kind: str
    id: int


ITEMS: Mapping[str, Any] = {
    "credit_note": CreditNote,
    "payment": Payment,
    "write_off": WriteOff,
    "invoice": Invoice,
    "supplier_invoice": SupplierInvoice,
}
NAMES = {kind: kind.replace("_", " ") for kind in ITEMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What is added to a counter of an item, and to what it stands at in the books."""

    item: Item
    counter: str
    amount_minor: int
    base_minor: int


async def lock_items(work: Work, items: Iterable[Item]) -> dict[Item, Row[Any]]:
    """The rows of items, locked until the end of the work. Raises NotFound for one that the caller
    does not see."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for item in items:
        wanted[item.kind].add(item.id)
    found: dict[Item, Row[Any]] = {}
    for kind, table in ITEMS.items():
        if kind in wanted:
            rows = await lock_rows(work, table, wanted[kind])
            found |= {Item(kind, row.id): row for row in rows}
            if len(rows) < len(wanted[kind]):
                raise NotFound(NAMES[kind])
    return found


async def lock_rows(work: Work, table: Any, ids: Collection[int]) -> Sequence[Row[Any]]:
    """Rows of a table by id, locked in the order of their ids, but not their keys: who holds the
    books may refer to them."""
    return await work.rows(
        select(*table.__table__.c)
        .where(table.tenant_id == work.tenant_id, table.id.in_(ids))
        .order_by(table.id)
        .with_for_update(key_share=True)
    )


def standing_of(row: Row[Any]) -> Standing:
    """What is open of a locked row."""
    return Standing(row.open_minor, row.base_open_minor)


async def add_to_items(work: Work, added: Sequence[Added]) -> None:
    """Add to the counters of locked items (subtract where negative): one statement for each kind
    and counter."""
    groups: dict[tuple[str, str], dict[int, tuple[int, int]]] = defaultdict(dict)
    for each in added:
        own = groups[each.item.kind, each.counter]
        amount, base = own.get(each.item.id, (0, 0))
        own[each.item.id] = (amount + each.amount_minor, base + each.base_minor)
    for (kind, counter), rows in groups.items():
        await work.execute(_addition(work, ITEMS[kind], counter, rows))


def _addition(work: Work, table: Any, counter: str, rows: Mapping[int, tuple[int, int]]) -> Any:
    given = (
        func.unnest(
            literal(list(rows), ARRAY(BigInteger)),
            literal([amount for amount, _ in rows.values()], ARRAY(BigInteger)),
            literal([base for _, base in rows.values()], ARRAY(BigInteger)),
        )
        .table_valued(*(column(name, BigInteger) for name in ("id", "amount", "base")))
        .render_derived(name="given")
    )
    return (
        update(table)
        .where(table.tenant_id == work.tenant_id, table.id == given.c.id)
        .values(
            {
                counter: getattr(table, counter) + given.c.amount,
                "base_open_minor": table.base_open_minor + given.c.base,
            }
        )
    )
