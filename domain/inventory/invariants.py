"""What must always hold of stock, and between stock and the books."""

from domain.inventory.cost_invariants import OF_COSTS
from domain.inventory.counted_invariants import COUNTED
from domain.inventory.goods_invariants import OF_GOODS
from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="balance_is_sum_of_movements",
        description="Every balance is the sum of its movements, in every state.",
        counted_sql="SELECT count(*) FROM stock_balance WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, b.location_id, s.state, s.expected, s.actual
            FROM stock_balance b
            LEFT JOIN (
                SELECT balance_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
                       sum(quality_control) AS quality_control, sum(damaged) AS damaged
                FROM stock_movement WHERE tenant_id = :tenant_id GROUP BY balance_id
            ) m ON m.balance_id = b.id
            CROSS JOIN LATERAL (
                VALUES ('on_hand', coalesce(m.on_hand, 0), b.on_hand),
                       ('reserved', coalesce(m.reserved, 0), b.reserved),
                       ('quality_control', coalesce(m.quality_control, 0), b.quality_control),
                       ('damaged', coalesce(m.damaged, 0), b.damaged)
            ) AS s(state, expected, actual)
            WHERE b.tenant_id = :tenant_id AND s.expected <> s.actual
        """,
    ),
    Invariant(
        name="reserved_is_sum_of_open_reservations",
        description="What every balance has reserved is the sum of its open reservations.",
        counted_sql="SELECT count(*) FROM stock_reservation WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, b.location_id,
                   coalesce(r.total, 0) AS expected, b.reserved AS actual
            FROM stock_balance b
            LEFT JOIN (
                SELECT balance_id, sum(quantity) AS total FROM stock_reservation
                WHERE tenant_id = :tenant_id AND status = 'open' GROUP BY balance_id
            ) r ON r.balance_id = b.id
            WHERE b.tenant_id = :tenant_id AND b.reserved <> coalesce(r.total, 0)
        """,
    ),
    Invariant(
        name="nothing_oversold",
        description="No balance has promised, held or damaged more than is on hand.",
        counted_sql="SELECT count(*) FROM stock_balance WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, b.location_id,
                   b.reserved + b.quality_control + b.damaged AS expected, b.on_hand AS actual
            FROM stock_balance b
            WHERE b.tenant_id = :tenant_id
              AND (b.on_hand < b.reserved + b.quality_control + b.damaged OR b.available < 0
                   OR least(b.reserved, b.quality_control, b.damaged, b.safety_stock) < 0)
        """,
    ),
    Invariant(
        name="cost_covers_what_is_on_hand",
        description="What is costed for every owner and item is what is on hand in all places.",
        counted_sql="SELECT count(*) FROM item_cost WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT coalesce(b.owner_id, c.owner_id) AS owner_id,
                   coalesce(b.item_id, c.item_id) AS item_id,
                   coalesce(b.total, 0) AS expected, coalesce(c.total, 0) AS actual
            FROM (
                SELECT owner_id, item_id, sum(on_hand) AS total FROM stock_balance
                WHERE tenant_id = :tenant_id GROUP BY owner_id, item_id
            ) b
            FULL JOIN (
                SELECT owner_id, item_id, quantity + pending + consigned AS total
                FROM item_cost WHERE tenant_id = :tenant_id
            ) c ON c.owner_id = b.owner_id AND c.item_id = b.item_id
            WHERE coalesce(b.total, 0) <> coalesce(c.total, 0)
        """,
    ),
    Invariant(
        name="inventory_account_is_value_of_stock",
        description="Every entity's inventory accounts hold what its stock is worth.",
        counted_sql="SELECT count(*) FROM legal_entity WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT e.id AS entity_id, e.code,
                   coalesce(c.total, 0) AS expected, coalesce(l.total, 0) AS actual
            FROM legal_entity e
            LEFT JOIN (
                SELECT owner_id, sum(value_minor) AS total FROM item_cost
                WHERE tenant_id = :tenant_id GROUP BY owner_id
            ) c ON c.owner_id = e.id
            LEFT JOIN (
                SELECT a.entity_id, sum(l.base_amount_minor) AS total
                FROM journal_line l
                JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
                WHERE l.tenant_id = :tenant_id AND a.role = 'inventory'
                GROUP BY a.entity_id
            ) l ON l.entity_id = e.id
            WHERE e.tenant_id = :tenant_id AND coalesce(c.total, 0) <> coalesce(l.total, 0)
        """,
    ),
    Invariant(
        name="pieces_are_what_is_on_hand",
        description="As many serial numbers lie in a balance of a serial-tracked item as are on"
        " hand.",
        counted_sql="SELECT count(*) FROM serial_number WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, b.location_id, b.on_hand AS expected,
                   coalesce(s.pieces, 0) AS actual
            FROM stock_balance b
            JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
                AND i.tracking = 'serial'
            LEFT JOIN (
                SELECT balance_id, count(*) AS pieces FROM serial_number
                WHERE tenant_id = :tenant_id
                  AND state IN ('available', 'quality_control', 'damaged', 'in_transit')
                GROUP BY balance_id
            ) s ON s.balance_id = b.id
            WHERE b.tenant_id = :tenant_id AND b.on_hand <> coalesce(s.pieces, 0)
        """,
    ),
    Invariant(
        name="pieces_held_are_what_is_held",
        description="As many pieces are in quality control, and damaged, as their balance says.",
        counted_sql="SELECT count(*) FROM serial_number WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, b.location_id,
                   b.quality_control || ' and ' || b.damaged AS expected,
                   coalesce(s.held, 0) || ' and ' || coalesce(s.damaged, 0) AS actual
            FROM stock_balance b
            JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
                AND i.tracking = 'serial'
            LEFT JOIN (
                SELECT balance_id, count(*) FILTER (WHERE state = 'quality_control') AS held,
                       count(*) FILTER (WHERE state = 'damaged') AS damaged
                FROM serial_number WHERE tenant_id = :tenant_id GROUP BY balance_id
            ) s ON s.balance_id = b.id
            WHERE b.tenant_id = :tenant_id AND (b.quality_control <> coalesce(s.held, 0)
                OR b.damaged <> coalesce(s.damaged, 0))
        """,
    ),
    Invariant(
        name="stock_of_lots_is_of_known_lots",
        description="Every balance of a lot-tracked item names a lot that is known; none else does"
        " but of serial-tracked items.",
        counted_sql="SELECT count(*) FROM stock_balance WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT b.id AS balance_id, b.item_id, i.tracking AS expected, b.lot AS actual
            FROM stock_balance b
            JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
            LEFT JOIN lot l ON l.tenant_id = b.tenant_id AND l.item_id = b.item_id
                AND l.code = b.lot
            WHERE b.tenant_id = :tenant_id
              AND ((b.lot <> '' AND l.id IS NULL) OR (i.tracking = 'lot' AND b.lot = '')
                   OR (i.tracking = 'none' AND b.lot <> ''))
        """,
    ),
    Invariant(
        name="ended_holds_keep_nothing",
        description="A hold that was released, expired or became an order keeps no stock.",
        counted_sql="SELECT count(*) FROM stock_hold WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT h.id AS hold_id, 0 AS expected, sum(r.quantity) AS actual
            FROM stock_hold h
            JOIN stock_reservation r ON r.tenant_id = h.tenant_id AND r.hold_id = h.id
                AND r.status = 'open'
            WHERE h.tenant_id = :tenant_id AND h.status <> 'open'
            GROUP BY h.id
        """,
    ),
    Invariant(
        name="no_kit_is_made_of_itself",
        description="No item is among its own components, at any depth.",
        counted_sql="SELECT count(*) FROM kit_component WHERE tenant_id = :tenant_id",
        violations_sql="""
            WITH RECURSIVE down AS (
                SELECT kit_item_id AS item_id, component_item_id FROM kit_component
                WHERE tenant_id = :tenant_id
                UNION
                SELECT d.item_id, c.component_item_id FROM down d
                JOIN kit_component c ON c.tenant_id = :tenant_id
                    AND c.kit_item_id = d.component_item_id
            )
            SELECT item_id, 0 AS expected, count(*) AS actual FROM down
            WHERE item_id = component_item_id GROUP BY item_id
        """,
    ),
    *COUNTED,
    *OF_COSTS,
    *OF_GOODS,
)
