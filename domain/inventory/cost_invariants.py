"""What must always hold of what stock cost: every value is told by what came and went."""

from domain.kernel.invariants import Invariant

_COSTS = "SELECT count(*) FROM item_cost WHERE tenant_id = :tenant_id"
_LAYERS = "SELECT count(*) FROM cost_layer WHERE tenant_id = :tenant_id"
_ISSUES = "SELECT count(*) FROM cost_issue WHERE tenant_id = :tenant_id"

OF_COSTS = (
    Invariant(
        name="value_is_sum_of_what_happened",
        description="What an owner's stock of an item is worth is what came, less what went, with"
        " every change since.",
        counted_sql=_COSTS,
        violations_sql="""
            SELECT c.owner_id, c.item_id, coalesce(s.total, 0) AS expected, c.value_minor AS actual
            FROM item_cost c
            LEFT JOIN (
                SELECT owner_id, item_id, sum(value) AS total FROM (
                    SELECT owner_id, item_id, value_minor AS value FROM cost_layer
                    WHERE tenant_id = :tenant_id
                    UNION ALL SELECT owner_id, item_id, -value_minor FROM cost_issue
                    WHERE tenant_id = :tenant_id
                    UNION ALL SELECT owner_id, item_id, stock_minor FROM cost_change
                    WHERE tenant_id = :tenant_id
                ) every GROUP BY owner_id, item_id
            ) s ON s.owner_id = c.owner_id AND s.item_id = c.item_id
            WHERE c.tenant_id = :tenant_id AND c.value_minor <> coalesce(s.total, 0)
        """,
    ),
    Invariant(
        name="layers_are_what_is_costed",
        description="What is left of the layers of an item is what is costed of it, less what left"
        " before its cost was known; and so of what waits for its cost, or is a third party's.",
        counted_sql=_COSTS,
        violations_sql="""
            SELECT c.owner_id, c.item_id, f.standing, f.expected, f.actual
            FROM item_cost c
            LEFT JOIN (
                SELECT owner_id, item_id,
                       sum(quantity_left) FILTER (WHERE standing = 'valued') AS valued,
                       sum(quantity_left) FILTER (WHERE standing = 'pending') AS pending,
                       sum(quantity_left) FILTER (WHERE standing = 'consigned') AS consigned
                FROM cost_layer WHERE tenant_id = :tenant_id GROUP BY owner_id, item_id
            ) l ON l.owner_id = c.owner_id AND l.item_id = c.item_id
            LEFT JOIN (
                SELECT owner_id, item_id, sum(uncovered) AS uncovered
                FROM cost_issue WHERE tenant_id = :tenant_id GROUP BY owner_id, item_id
            ) i ON i.owner_id = c.owner_id AND i.item_id = c.item_id
            CROSS JOIN LATERAL (
                VALUES ('valued', coalesce(l.valued, 0) - coalesce(i.uncovered, 0), c.quantity),
                       ('pending', coalesce(l.pending, 0), c.pending),
                       ('consigned', coalesce(l.consigned, 0), c.consigned)
            ) AS f(standing, expected, actual)
            WHERE c.tenant_id = :tenant_id AND f.expected <> f.actual
        """,
    ),
    Invariant(
        name="fifo_layers_are_the_value",
        description="Under FIFO the value of the stock is what is left of its layers' values.",
        counted_sql=_COSTS,
        violations_sql="""
            SELECT c.owner_id, c.item_id,
                   coalesce(l.total, 0) - coalesce(i.total, 0) AS expected, c.value_minor AS actual
            FROM item_cost c
            LEFT JOIN (
                SELECT owner_id, item_id, sum(value_left_minor) AS total
                FROM cost_layer WHERE tenant_id = :tenant_id GROUP BY owner_id, item_id
            ) l ON l.owner_id = c.owner_id AND l.item_id = c.item_id
            LEFT JOIN (
                SELECT owner_id, item_id, sum(uncovered_minor) AS total
                FROM cost_issue WHERE tenant_id = :tenant_id GROUP BY owner_id, item_id
            ) i ON i.owner_id = c.owner_id AND i.item_id = c.item_id
            WHERE c.tenant_id = :tenant_id AND c.method = 'fifo'
              AND coalesce(l.total, 0) - coalesce(i.total, 0) <> c.value_minor
        """,
    ),
    Invariant(
        name="layers_went_where_it_is_told",
        description="What is gone of a layer is what issues took of it.",
        counted_sql=_LAYERS,
        violations_sql="""
            SELECT l.id AS layer_id, coalesce(t.total, 0) AS expected,
                   l.quantity - l.quantity_left AS actual
            FROM cost_layer l
            LEFT JOIN (
                SELECT layer_id, sum(quantity) AS total FROM cost_taking
                WHERE tenant_id = :tenant_id GROUP BY layer_id
            ) t ON t.layer_id = l.id
            WHERE l.tenant_id = :tenant_id AND l.standing = 'valued'
              AND coalesce(t.total, 0) <> l.quantity - l.quantity_left
        """,
    ),
    Invariant(
        name="what_came_back_is_of_what_left",
        description="What came back of an issue, into the stock or not, is what its layers say, at"
        " what they cost by now; with the last of it all that it cost has come back.",
        counted_sql=_ISSUES,
        violations_sql="""
            SELECT i.id AS issue_id, f.figure, f.expected, f.actual
            FROM cost_issue i
            LEFT JOIN (
                SELECT issue_id, sum(quantity) AS quantity, sum(cost_minor) AS cost
                FROM cost_layer WHERE tenant_id = :tenant_id AND issue_id IS NOT NULL
                GROUP BY issue_id
            ) l ON l.issue_id = i.id
            CROSS JOIN LATERAL (
                VALUES ('quantity', coalesce(l.quantity, 0), i.returned),
                       ('cost', coalesce(l.cost, 0), i.returned_minor),
                       ('whole', CASE WHEN i.returned = i.quantity THEN i.cost_minor
                                      ELSE i.returned_minor END, i.returned_minor)
            ) AS f(figure, expected, actual)
            WHERE i.tenant_id = :tenant_id AND f.expected <> f.actual
        """,
    ),
    Invariant(
        name="issues_cost_what_they_took",
        description="What an issue cost is what it took of layers, with what is not covered yet;"
        " and what was booked of it, with every correction.",
        counted_sql=_ISSUES,
        violations_sql="""
            SELECT i.id AS issue_id, f.figure, f.expected, f.actual
            FROM cost_issue i
            LEFT JOIN (
                SELECT issue_id, sum(quantity) AS quantity, sum(value_minor) AS value
                FROM cost_taking WHERE tenant_id = :tenant_id GROUP BY issue_id
            ) t ON t.issue_id = i.id
            LEFT JOIN (
                SELECT issue_id, sum(stock_minor) AS total FROM cost_change
                WHERE tenant_id = :tenant_id AND kind = 'issue' GROUP BY issue_id
            ) c ON c.issue_id = i.id
            CROSS JOIN LATERAL (
                VALUES ('quantity', coalesce(t.quantity, 0) + i.uncovered, i.quantity),
                       ('taken', coalesce(t.value, 0) + i.uncovered_minor, i.cost_minor),
                       ('booked', i.value_minor - coalesce(c.total, 0), i.cost_minor)
            ) AS f(figure, expected, actual)
            WHERE i.tenant_id = :tenant_id AND f.expected <> f.actual
        """,
    ),
)
