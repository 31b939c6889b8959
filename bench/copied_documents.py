"""A tenant's documents, copied inside the server under other ids and numbers.

Every id of a copy is the first one's and a step more, so that whatever one document says of another
is right again, by whichever column."""

from sqlalchemy import Column, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from tenancy.base import Base

# More than any id that the first ones have.
STEP = 1_000_000
# In an order in which each refers to those before.
COPIED = (
    *("purchase_order", "purchase_order_line", "expected_supply", "stock_document"),
    *("expected_supply_receipt", "purchase_receipt", "purchase_receipt_line"),
    *("sales_order", "sales_order_line", "stock_reservation", "allocation"),
    *("allocation_decision", "fulfilment_order", "fulfilment_line", "invoice"),
    *("shipment", "shipment_line", "carton", "carton_line", "stock_movement"),
    *("cost_issue", "cost_layer", "cost_taking", "cost_change"),
    *("supplier_invoice", "supplier_invoice_line", "invoice_line"),
    *("credit_note", "credit_note_line", "tax_amount"),
    *("payment", "payment_allocation", "refund_part", "journal", "journal_line"),
)
# What refers to a document of whichever kind.
REFERRING = ("id", "source_id", "reference_id", "of_id")
NUMBERED = ("number", "external_id", "external_number", "sscc", "document_number")
_COUNTED = {"journal": "sequence", "cost_layer": "position", "cost_issue": "position"}
_COUNTED |= {"cost_change": "position"}
_RAISED = (
    "UPDATE item_cost SET quantity = quantity * :times, value_minor = value_minor * :times, "
    "position = position * :times WHERE tenant_id = :tenant_id",
    "UPDATE stock_balance SET on_hand = on_hand * :times, reserved = reserved * :times "
    "WHERE tenant_id = :tenant_id",
    "UPDATE journal_counter SET last = last * :times WHERE tenant_id = :tenant_id",
    "UPDATE document_counter SET last = last * :times WHERE tenant_id = :tenant_id",
)


async def copy_documents(connection: AsyncConnection, tenant_id: int, times: int) -> None:
    """All of the tenant's documents are there so many times as before; as the tables' owner."""
    await connection.execute(
        text("SELECT set_config('app.tenant_id', :tenant_id, true)"), {"tenant_id": str(tenant_id)}
    )
    told = {"tenant_id": tenant_id, "times": times}
    for name in COPIED:
        # What looks at each row as it is written was looked at when the first was.
        await connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        await connection.execute(text(_copying(Base.metadata.tables[name])), told)
        await connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
    for statement in _RAISED:
        await connection.execute(text(statement), told)


def _copying(table: Table) -> str:
    columns = [column for column in table.c if column.computed is None]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(_copied(table, column) for column in columns)
    counted = _COUNTED.get(table.name)
    most = f", (SELECT max({counted}) AS most FROM {table.name}) m" if counted else ""
    return (
        f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} "
        f"FROM (SELECT * FROM {table.name} WHERE tenant_id = :tenant_id) t{most}, "
        "generate_series(1, CAST(:times AS int) - 1) k"
    )


def _copied(table: Table, column: Column[object]) -> str:
    own = f't."{column.name}"'
    refers = {key.column.table.name for key in column.foreign_keys}
    if column.name == "tenant_id":  # It is a part of every reference.
        return own
    if column.name in REFERRING or refers & set(COPIED):
        return f"{own} + k * {STEP}"
    if column.name == _COUNTED.get(table.name):
        return f"{own} + k * m.most"
    if column.name in NUMBERED and "TEXT" in str(column.type.compile(postgresql.dialect())):
        return f"{own} || '/' || k"
    if column.name == "trace":
        return (
            "(SELECT coalesce(jsonb_object_agg(key, CASE WHEN jsonb_typeof(value) = 'number' "
            f"THEN to_jsonb(value::bigint + k * {STEP}) ELSE value END), '{{}}') "
            f"FROM jsonb_each({own}))"
        )
    return own
