"""What returns want done before a period closes."""

from domain.ledger.closing_checks import ClosingCheck, closing_check

GOODS_WAITING = closing_check(
    ClosingCheck(
        name="returned_goods_waiting",
        title="Returned goods that nobody decided on",
        why="They stand in no stock, and their cost in no account, until they are disposed of.",
        mend="Inspect and dispose of them, or sign for it.",
        process="returns",
        waivable=True,
        found="""
            SELECT 'return_unit' AS object_kind, u.id AS object_id,
                   'received ' || u.created_at::date || ', is ' || u.status AS what
            FROM return_unit u
            WHERE u.tenant_id = :tenant_id AND u.owner_id = :entity_id
              AND u.status <> 'disposed' AND u.created_at < :until
        """,
    )
)
