"""What the stock room wants done before a period closes."""

from domain.inventory.invariants import INVARIANTS
from domain.ledger.closing_checks import ClosingCheck, agreement, closing_check

OVERDUE_COUNTS = closing_check(
    ClosingCheck(
        name="counts_overdue",
        title="Counts and stock files that are not decided",
        why="What is missing or found would be booked in a later period.",
        mend="Decide or withdraw the count, or sign for it.",
        process="inventory",
        waivable=True,
        found="""
            SELECT 'stock_count' AS object_kind, c.id AS object_id,
                   c.number || ' is ' || c.status AS what
            FROM stock_count c
            WHERE c.tenant_id = :tenant_id AND c.owner_id = :entity_id
              AND c.status IN ('open', 'waiting', 'exception') AND c.created_at < :until
        """,
    )
)
STOCK_AGREES = agreement(
    next(each for each in INVARIANTS if each.name == "inventory_account_is_value_of_stock"),
    title="Stock and its account",
    why="The balance sheet would show another stock than there is.",
    mend="Tell the operator: a movement and its journal are written together.",
)
UNPRICED_RECEIPTS = closing_check(
    ClosingCheck(
        name="receipts_unpriced",
        title="Receipts whose cost is not booked",
        why="Goods are on hand, or have left at the last cost, and nobody has said what they cost.",
        mend="Price the receipt, or sign for it.",
        process="inventory",
        waivable=True,
        found="""
            SELECT l.source_kind AS object_kind, l.source_id AS object_id,
                   trim_scale(sum(l.quantity_left))::text || ' are not priced' AS what
            FROM cost_layer l
            WHERE l.tenant_id = :tenant_id AND l.owner_id = :entity_id AND l.is_open
              AND l.standing = 'pending' AND l.created_at < :until
            GROUP BY l.source_kind, l.source_id
        """,
    )
)
WAITING_REVALUATIONS = closing_check(
    ClosingCheck(
        name="revaluations_waiting",
        title="Changes of the value of stock that wait",
        why="Stock would be worth too much, or too little, in this period.",
        mend="Decide about the write-down or revaluation, or sign for it.",
        process="inventory",
        waivable=True,
        found="""
            SELECT 'stock_revaluation' AS object_kind, r.id AS object_id,
                   r.number || ' waits for a yes' AS what
            FROM stock_revaluation r
            WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
              AND r.status = 'waiting' AND r.created_at < :until
        """,
    )
)
