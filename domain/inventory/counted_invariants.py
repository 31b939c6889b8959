"""What must always hold of transfers, and of counts and snapshots."""

from domain.kernel.invariants import Invariant

COUNTED = (
    Invariant(
        name="expected_of_transfers_is_what_is_on_its_way",
        description="What is to come with a transfer's line is what of it is on its way, and no "
        "more of it comes once none is.",
        counted_sql="""
            SELECT count(*) FROM expected_supply
            WHERE tenant_id = :tenant_id AND transfer_line_id IS NOT NULL
        """,
        violations_sql="""
            SELECT s.id AS supply_id, l.id AS transfer_line_id, l.in_transit AS expected,
                   s.open AS actual
            FROM expected_supply s
            JOIN transfer_line l ON l.tenant_id = s.tenant_id AND l.id = s.transfer_line_id
            WHERE s.tenant_id = :tenant_id
              AND (s.open <> l.in_transit OR s.quantity <> l.shipped OR s.item_id <> l.item_id
                   OR s.location_id <> l.destination_id)
        """,
    ),
    Invariant(
        name="holds_keep_what_they_hold",
        description="Soft reservations belong to a hold that stands, and to no order or transfer.",
        counted_sql="""
            SELECT count(*) FROM stock_reservation
            WHERE tenant_id = :tenant_id AND hold_id IS NOT NULL
        """,
        violations_sql="""
            SELECT r.id AS reservation_id, r.hold_id, 'soft, of one hold' AS expected,
                   r.kind AS actual
            FROM stock_reservation r
            WHERE r.tenant_id = :tenant_id
              AND ((r.kind = 'soft') <> (r.hold_id IS NOT NULL)
                   OR (r.hold_id IS NOT NULL
                       AND (r.order_line_id IS NOT NULL OR r.transfer_line_id IS NOT NULL)))
        """,
    ),
    Invariant(
        name="transfers_hold_what_they_keep_and_what_is_on_its_way",
        description="Every line of a transfer has reserved what is kept for it at the source, or "
        "what is on its way; no more and no less.",
        counted_sql="SELECT count(*) FROM transfer_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS transfer_line_id, t.number,
                   CASE t.status WHEN 'released' THEN l.quantity ELSE l.in_transit END AS expected,
                   coalesce(r.total, 0) AS actual
            FROM transfer_line l
            JOIN transfer_order t ON t.tenant_id = l.tenant_id AND t.id = l.transfer_id
            LEFT JOIN (
                SELECT transfer_line_id, sum(quantity) AS total FROM stock_reservation
                WHERE tenant_id = :tenant_id AND status = 'open' GROUP BY transfer_line_id
            ) r ON r.transfer_line_id = l.id
            WHERE l.tenant_id = :tenant_id AND coalesce(r.total, 0)
                <> CASE t.status WHEN 'released' THEN l.quantity ELSE l.in_transit END
        """,
    ),
    Invariant(
        name="transfers_end_when_nothing_is_on_its_way",
        description="Only a transfer that was shipped and not received has goods on their way.",
        counted_sql="SELECT count(*) FROM transfer_order WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT t.id AS transfer_id, t.number, t.status AS expected, l.total AS actual
            FROM transfer_order t
            JOIN (
                SELECT transfer_id, sum(in_transit) AS total FROM transfer_line
                WHERE tenant_id = :tenant_id GROUP BY transfer_id
            ) l ON l.transfer_id = t.id
            WHERE t.tenant_id = :tenant_id
              AND (l.total > 0) <> (t.status IN ('shipped', 'partly_received'))
        """,
    ),
    Invariant(
        name="counts_are_booked_as_they_were_decided",
        description="What counts and snapshots changed of every balance is the sum of their "
        "booked differences.",
        counted_sql="SELECT count(*) FROM stock_count_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT coalesce(l.balance_id, m.balance_id) AS balance_id, s.state, s.expected,
                   s.actual
            FROM (
                SELECT balance_id, sum(difference) AS on_hand,
                       sum(difference_quality_control) AS held, sum(difference_damaged) AS damaged
                FROM stock_count_line
                WHERE tenant_id = :tenant_id AND booked GROUP BY balance_id
            ) l
            FULL JOIN (
                SELECT balance_id, sum(on_hand) AS on_hand, sum(quality_control) AS held,
                       sum(damaged) AS damaged
                FROM stock_movement
                WHERE tenant_id = :tenant_id AND kind = 'count' GROUP BY balance_id
            ) m ON m.balance_id = l.balance_id
            CROSS JOIN LATERAL (
                VALUES ('on_hand', coalesce(l.on_hand, 0), coalesce(m.on_hand, 0)),
                       ('quality_control', coalesce(l.held, 0), coalesce(m.held, 0)),
                       ('damaged', coalesce(l.damaged, 0), coalesce(m.damaged, 0))
            ) AS s(state, expected, actual)
            WHERE s.expected <> s.actual
        """,
    ),
    Invariant(
        name="what_waits_for_approval_is_asked_for",
        description="A count waits exactly as long as a request for its approval waits.",
        counted_sql="SELECT count(*) FROM stock_count WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT c.id AS stock_count_id, c.number, c.status AS expected, r.waiting AS actual
            FROM stock_count c
            CROSS JOIN LATERAL (
                SELECT count(*) AS waiting FROM approval_request a
                WHERE a.tenant_id = :tenant_id AND a.subject = 'stock_count'
                  AND a.subject_id = c.id AND a.status = 'waiting'
            ) r
            WHERE c.tenant_id = :tenant_id AND (c.status = 'waiting') <> (r.waiting = 1)
        """,
    ),
)
