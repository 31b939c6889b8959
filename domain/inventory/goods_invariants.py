"""What must always hold of goods on their way, of pieces, of kits, and of what was promised."""

from domain.kernel.invariants import Invariant

OF_GOODS = (
    Invariant(
        name="goods_on_their_way_lie_in_transit",
        description="What a place of goods in transit keeps of an item is what open transfers have"
        " on their way of it.",
        counted_sql="""
            SELECT count(*) FROM stock_balance b
            JOIN location l ON l.tenant_id = b.tenant_id AND l.id = b.location_id
                AND l.kind = 'in_transit'
            WHERE b.tenant_id = :tenant_id
        """,
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, b.location_id,
                   coalesce(t.total, 0) AS expected, b.reserved AS actual
            FROM stock_balance b
            JOIN location l ON l.tenant_id = b.tenant_id AND l.id = b.location_id
                AND l.kind = 'in_transit'
            LEFT JOIN (
                SELECT o.transit_id, o.owner_id, n.item_id, s.condition, s.lot,
                       sum(n.in_transit) AS total
                FROM transfer_line n
                JOIN transfer_order o ON o.tenant_id = n.tenant_id AND o.id = n.transfer_id
                JOIN stock_balance s ON s.tenant_id = n.tenant_id AND s.id = n.balance_id
                WHERE n.tenant_id = :tenant_id
                GROUP BY o.transit_id, o.owner_id, n.item_id, s.condition, s.lot
            ) t ON t.transit_id = b.location_id AND t.owner_id = b.owner_id
                AND t.item_id = b.item_id AND t.condition = b.condition AND t.lot = b.lot
            WHERE b.tenant_id = :tenant_id AND b.reserved <> coalesce(t.total, 0)
        """,
    ),
    Invariant(
        name="transfers_lose_nothing",
        description="What the movements of a transfer take from one place they bring to another.",
        counted_sql="SELECT count(*) FROM transfer_order WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT m.reference_id AS transfer_id, 0 AS expected, sum(m.on_hand) AS actual
            FROM stock_movement m
            WHERE m.tenant_id = :tenant_id AND m.reference_kind = 'transfer_order'
            GROUP BY m.reference_id HAVING sum(m.on_hand) <> 0
        """,
    ),
    Invariant(
        name="pieces_on_their_way_are_what_is_on_its_way",
        description="As many pieces are on their way with a transfer's line of a serial-tracked"
        " item as its figures say, and they lie in transit.",
        counted_sql="""
            SELECT count(*) FROM serial_number
            WHERE tenant_id = :tenant_id AND transfer_line_id IS NOT NULL
        """,
        violations_sql="""
            SELECT n.id AS transfer_line_id, n.item_id, n.in_transit AS expected,
                   coalesce(s.pieces, 0) AS actual
            FROM transfer_line n
            JOIN item i ON i.tenant_id = n.tenant_id AND i.id = n.item_id AND i.tracking = 'serial'
            JOIN transfer_order o ON o.tenant_id = n.tenant_id AND o.id = n.transfer_id
            LEFT JOIN (
                SELECT p.transfer_line_id, b.location_id, count(*) AS pieces
                FROM serial_number p
                JOIN stock_balance b ON b.tenant_id = p.tenant_id AND b.id = p.balance_id
                WHERE p.tenant_id = :tenant_id AND p.transfer_line_id IS NOT NULL
                GROUP BY p.transfer_line_id, b.location_id
            ) s ON s.transfer_line_id = n.id AND s.location_id = o.transit_id
            WHERE n.tenant_id = :tenant_id AND n.in_transit <> coalesce(s.pieces, 0)
        """,
    ),
    Invariant(
        name="pieces_are_where_their_history_says",
        description="Every piece lies where, and is in the state that, the last entry of its"
        " history says.",
        counted_sql="SELECT count(*) FROM serial_number WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT p.id AS serial_id, p.code, m.state || ' in ' || m.balance_id AS expected,
                   p.state || ' in ' || p.balance_id AS actual
            FROM serial_number p
            LEFT JOIN LATERAL (
                SELECT state, balance_id FROM serial_movement
                WHERE tenant_id = :tenant_id AND serial_id = p.id ORDER BY id DESC LIMIT 1
            ) m ON true
            WHERE p.tenant_id = :tenant_id
              AND (m.state IS DISTINCT FROM p.state OR m.balance_id IS DISTINCT FROM p.balance_id)
        """,
    ),
    Invariant(
        name="ended_reservations_keep_nothing",
        description="A reservation of an order or transfer that was consumed or released keeps"
        " nothing; an open one something.",
        counted_sql="SELECT count(*) FROM stock_reservation WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.id AS reservation_id, r.status AS expected, r.quantity AS actual
            FROM stock_reservation r
            WHERE r.tenant_id = :tenant_id AND (r.kind = 'hard' OR r.status = 'open')
              AND (r.status = 'open') <> (r.quantity > 0)
        """,
    ),
    Invariant(
        name="kits_that_are_sold_in_parts_have_no_stock",
        description="Of an item that is only put together when it is sold, nothing lies anywhere.",
        counted_sql="""
            SELECT count(*) FROM item WHERE tenant_id = :tenant_id AND kind = 'kit'
        """,
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, 0 AS expected, b.on_hand AS actual
            FROM stock_balance b
            JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id AND i.kind = 'kit'
            WHERE b.tenant_id = :tenant_id AND b.on_hand <> 0
        """,
    ),
    Invariant(
        name="corrections_wait_as_long_as_their_request",
        description="A correction above tolerance waits exactly as long as a request for its"
        " approval waits.",
        counted_sql="SELECT count(*) FROM requested_adjustment WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT a.id AS adjustment_id, a.status AS expected, r.waiting AS actual
            FROM requested_adjustment a
            CROSS JOIN LATERAL (
                SELECT count(*) AS waiting FROM approval_request q
                WHERE q.tenant_id = :tenant_id AND q.subject = 'stock_adjustment'
                  AND q.subject_id = a.id AND q.status = 'waiting'
            ) r
            WHERE a.tenant_id = :tenant_id AND (a.status = 'waiting') <> (r.waiting = 1)
        """,
    ),
)
