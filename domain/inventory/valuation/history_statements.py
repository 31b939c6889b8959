"""What happened to items (owners, items) since their places (days, places) and after what their
methods hold (afters): the statements that read it. `w` is what is wanted."""

from sqlalchemy import TextClause, text

_PARTS = {
    "WANTED": """unnest(CAST(:owners AS bigint[]), CAST(:items AS bigint[]),
        CAST(:days AS date[]), CAST(:places AS bigint[]), CAST(:afters AS bigint[]))
        AS w(o, i, d, p, a)""",
    "I_SINCE": "(i.valued_on, i.position) >= (w.d, w.p) AND i.position > w.a",
    "L_SINCE": "(l.valued_on, l.position) >= (w.d, w.p) AND l.position > w.a",
    "C_SINCE": "(c.valued_on, c.position) >= (w.d, w.p) AND c.position > w.a",
}


def _statement(wanted: str) -> TextClause:
    for name, part in _PARTS.items():
        wanted = wanted.replace(name, part)
    return text(wanted)


# Of issues since, and of earlier ones that layers since covered.
TAKINGS = _statement("""
    SELECT t.id, t.issue_id, t.layer_id, t.quantity, t.value_minor FROM WANTED
    JOIN cost_issue i ON i.tenant_id = :tenant AND i.owner_id = w.o AND i.item_id = w.i
        AND I_SINCE
    JOIN cost_taking t ON t.tenant_id = :tenant AND t.issue_id = i.id
    UNION
    SELECT t.id, t.issue_id, t.layer_id, t.quantity, t.value_minor FROM WANTED
    JOIN cost_layer l ON l.tenant_id = :tenant AND l.owner_id = w.o AND l.item_id = w.i
        AND l.standing = 'valued' AND L_SINCE
    JOIN cost_taking t ON t.tenant_id = :tenant AND t.layer_id = l.id
    ORDER BY 1
""")
ISSUES = _statement("""
    SELECT i.id, i.owner_id, i.item_id, i.valued_on, i.position, i.contra, i.source_kind,
           i.source_id, i.of_kind, i.of_id, i.quantity, i.cost_minor, i.uncovered,
           i.uncovered_minor, i.returned, I_SINCE AS since
    FROM WANTED
    JOIN cost_issue i ON i.tenant_id = :tenant AND i.owner_id = w.o AND i.item_id = w.i
        AND ((I_SINCE) OR i.uncovered > 0 OR i.id = ANY (CAST(:covered AS bigint[])))
    ORDER BY i.valued_on, i.position
""")
LAYERS = _statement("""
    SELECT l.id, l.owner_id, l.item_id, l.valued_on, l.position, l.quantity, l.quantity_left,
           l.value_left_minor, l.cost_minor, l.source_kind, l.source_id, L_SINCE AS since
    FROM WANTED
    JOIN cost_layer l ON l.tenant_id = :tenant AND l.owner_id = w.o AND l.item_id = w.i
        AND l.standing = 'valued'
        AND ((L_SINCE) OR l.is_open OR l.id = ANY (CAST(:taken AS bigint[])))
    ORDER BY l.valued_on, l.position
""")
CHANGES = _statement("""
    SELECT c.owner_id, c.item_id, c.valued_on, c.position, c.layer_id, c.stock_minor FROM WANTED
    JOIN cost_change c ON c.tenant_id = :tenant AND c.owner_id = w.o AND c.item_id = w.i
        AND c.kind = 'stock' AND C_SINCE
    ORDER BY c.valued_on, c.position, c.id
""")
# The last layer of before: what left uncovered then went at its cost.
LAST = _statement("""
    SELECT DISTINCT ON (l.owner_id, l.item_id) l.owner_id, l.item_id, l.quantity, l.cost_minor
    FROM WANTED
    JOIN cost_layer l ON l.tenant_id = :tenant AND l.owner_id = w.o AND l.item_id = w.i
        AND l.standing = 'valued' AND NOT (L_SINCE)
    ORDER BY l.owner_id, l.item_id, l.valued_on DESC, l.position DESC
""")
