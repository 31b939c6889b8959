"""What the intake wants done before a period closes."""

from domain.ledger.closing_checks import ClosingCheck, closing_check

OPEN_EXCEPTIONS = closing_check(
    ClosingCheck(
        name="intake_exceptions",
        title="Documents that could not be booked",
        why="An order, a payment or a return may be missing in the period.",
        mend="Set the mapping right and replay the message, or reject it.",
        process="order_to_cash",
        found="""
            SELECT 'intake_message' AS object_kind, m.id AS object_id,
                   'received ' || m.received_at::date || ', waits as an exception' AS what
            FROM intake_message m
            JOIN channel c ON c.tenant_id = m.tenant_id AND c.id = m.channel_id
            WHERE m.tenant_id = :tenant_id AND c.entity_id = :entity_id
              AND m.outcome IN ('exception', 'received') AND m.received_at < :until
        """,
    )
)
