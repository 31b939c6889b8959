"""What must always hold of promises and the supply they rest on."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="pegged_is_sum_of_pegs",
        description="What is promised of every expected supply is the sum of its pegs.",
        counted_sql="SELECT count(*) FROM expected_supply WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT s.id AS supply_id, s.item_id, coalesce(p.total, 0) AS expected,
                   s.pegged AS actual
            FROM expected_supply s
            LEFT JOIN (
                SELECT supply_id, sum(quantity) AS total FROM promise_peg
                WHERE tenant_id = :tenant_id AND supply_id IS NOT NULL GROUP BY supply_id
            ) p ON p.supply_id = s.id
            WHERE s.tenant_id = :tenant_id AND s.pegged <> coalesce(p.total, 0)
        """,
    ),
    Invariant(
        name="pegs_are_of_their_supply",
        description="A peg is of the item, and at the location, of the supply that it rests on.",
        counted_sql="SELECT count(*) FROM promise_peg WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT p.id AS peg_id, s.item_id || ' at ' || s.location_id AS expected,
                   p.item_id || ' at ' || p.location_id AS actual
            FROM promise_peg p
            JOIN expected_supply s ON s.tenant_id = p.tenant_id AND s.id = p.supply_id
            WHERE p.tenant_id = :tenant_id
              AND (p.item_id <> s.item_id OR p.location_id <> s.location_id)
        """,
    ),
)
