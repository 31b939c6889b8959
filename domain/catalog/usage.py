"""What is kept in an item's base unit already."""

from sqlalchemy import FromClause, column, exists, select, table

from domain.catalog.models import ItemUnit
from domain.kernel.work import Work

# Stock, orders and prices stand in higher areas, which this one must not import.
_USERS: dict[str, FromClause] = {
    "stock": table("stock_balance", column("tenant_id"), column("item_id")),
    "orders": table("sales_order_line", column("tenant_id"), column("item_id")),
    "prices": table("price", column("tenant_id"), column("item_id")),
}


async def uses_of_base_unit(work: Work, *, item_id: int, base_unit: str) -> list[str]:
    """Which of stock, orders, prices and units count in the item's base unit; one statement.

    The item's row must be locked: whoever is about to refer to it waits for that lock."""
    questions = [
        exists().where(user.c.tenant_id == work.tenant_id, user.c.item_id == item_id).label(name)
        for name, user in _USERS.items()
    ]
    other_units = exists().where(
        ItemUnit.tenant_id == work.tenant_id,
        ItemUnit.item_id == item_id,
        ItemUnit.unit != base_unit,
    )
    row = await work.row(select(*questions, other_units.label("units")))
    return [name for name, used in row._mapping.items() if used] if row is not None else []
