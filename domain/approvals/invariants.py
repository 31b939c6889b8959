"""What must always hold of approvals."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="approvals_are_decided_by_enough_others",
        description="Of an approved request every step has been passed by as many yeses as it "
        "needs; a rejected one has one no; no other has a no. Nobody decided about, or was "
        "decided for in, their own request.",
        counted_sql="SELECT count(*) FROM approval_request WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.id AS approval_request_id, r.subject, r.status AS expected,
                   concat_ws(', ', nullif(coalesce(s.short, 0), 0) || ' steps short',
                             nullif(coalesce(d.noes, 0), 0) || ' noes',
                             CASE WHEN d.own THEN 'decided by who asked' END) AS actual
            FROM approval_request r
            LEFT JOIN (
                SELECT x.request_id, count(*) AS steps,
                       count(*) FILTER (WHERE x.status <> 'passed' OR x.needed > (
                           SELECT count(*) FROM approval_decision y
                           WHERE y.tenant_id = :tenant_id AND y.step_id = x.id
                             AND y.verdict = 'approved')) AS short
                FROM approval_step x WHERE x.tenant_id = :tenant_id GROUP BY x.request_id
            ) s ON s.request_id = r.id
            LEFT JOIN (
                SELECT request_id, count(*) FILTER (WHERE verdict = 'rejected') AS noes,
                       bool_or((requester_kind, requester_id) IN
                               ((decider_kind, decider_id), (for_kind, for_id))) AS own
                FROM approval_decision WHERE tenant_id = :tenant_id GROUP BY request_id
            ) d ON d.request_id = r.id
            WHERE r.tenant_id = :tenant_id
              AND (coalesce(d.own, false)
                   OR (r.status = 'approved' AND (s.steps IS NULL OR s.short > 0))
                   OR coalesce(d.noes, 0) <> CASE r.status WHEN 'rejected' THEN 1 ELSE 0 END)
        """,
    ),
    Invariant(
        name="a_waiting_request_has_one_open_step",
        description="A request that waits has exactly one step that is open; one that has ended "
        "has none.",
        counted_sql="SELECT count(*) FROM approval_request WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.id AS approval_request_id,
                   CASE r.status WHEN 'waiting' THEN 1 ELSE 0 END AS expected,
                   count(s.id) AS actual
            FROM approval_request r
            LEFT JOIN approval_step s ON s.tenant_id = r.tenant_id AND s.request_id = r.id
                 AND s.status = 'waiting'
            WHERE r.tenant_id = :tenant_id
            GROUP BY r.id, r.status
            HAVING count(s.id) <> CASE r.status WHEN 'waiting' THEN 1 ELSE 0 END
        """,
    ),
)
