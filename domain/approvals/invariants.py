"""What must always hold of approvals."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="approvals_are_decided_once_and_never_by_who_asked",
        description="Every approved or rejected request has one decision of that verdict, by "
        "somebody else; the others have none.",
        counted_sql="SELECT count(*) FROM approval_request WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.id AS approval_request_id, r.subject, r.status AS expected,
                   coalesce(d.verdicts, '') AS actual
            FROM approval_request r
            LEFT JOIN (
                SELECT request_id, string_agg(verdict, ',') AS verdicts,
                       bool_or((decider_kind, decider_id) = (requester_kind, requester_id)) AS own
                FROM approval_decision WHERE tenant_id = :tenant_id GROUP BY request_id
            ) d ON d.request_id = r.id
            WHERE r.tenant_id = :tenant_id
              AND (coalesce(d.own, false) OR coalesce(d.verdicts, '') <>
                   CASE WHEN r.status IN ('approved', 'rejected') THEN r.status ELSE '' END)
        """,
    ),
)
