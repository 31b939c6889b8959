"""What must always hold of the audit log, of configuration and of custom fields."""

from domain.kernel.audit_chain import CONTENT, LATEST_COMMIT
from domain.kernel.invariants import Invariant

# As long again, since who seals and who looks have different clocks.
_SETTLED_SECONDS = int(2 * LATEST_COMMIT.total_seconds())

INVARIANTS = (
    Invariant(
        name="the_audit_log_is_as_it_was_sealed",
        description="Every sealed entry says what it said when it was sealed, and follows the "
        "one it followed: none was altered, removed, put in between or moved.",
        counted_sql="SELECT count(*) FROM audit_seal WHERE tenant_id = :tenant_id",
        violations_sql=f"""
            SELECT s.audit_entry_id, s.position,
                   encode(coalesce(s.due, ''::bytea), 'hex') AS expected,
                   encode(s.hash, 'hex') AS actual,
                   CASE WHEN s.id IS NULL THEN 'the entry is removed'
                        WHEN s.position <> s.place THEN 'a link before it is missing'
                        ELSE 'the entry is altered, or was moved' END AS finding
            FROM (
                SELECT l.audit_entry_id, l.position, l.hash, e.id,
                       row_number() OVER (ORDER BY l.position) AS place,
                       sha256(lag(l.hash, 1, ''::bytea) OVER (ORDER BY l.position)
                              || convert_to({CONTENT}, 'UTF8')) AS due
                FROM audit_seal l
                LEFT JOIN audit_entry e ON e.tenant_id = l.tenant_id AND e.id = l.audit_entry_id
                WHERE l.tenant_id = :tenant_id
            ) s
            WHERE s.id IS NULL OR s.due IS DISTINCT FROM s.hash
            ORDER BY s.position
        """,  # noqa: S608 (our own text)
    ),
    Invariant(
        name="no_audit_entry_came_late",
        description="No entry stands without a seal among those that were sealed long ago: "
        "whatever is there now was put there afterwards.",
        counted_sql="SELECT count(*) FROM audit_entry WHERE tenant_id = :tenant_id",
        violations_sql=f"""
            SELECT e.id AS audit_entry_id, e.action, 'sealed' AS expected, 'unsealed' AS actual
            FROM audit_entry e
            WHERE e.tenant_id = :tenant_id
              AND e.id < (
                  SELECT max(s.audit_entry_id) FROM audit_seal s
                  WHERE s.tenant_id = :tenant_id AND s.sealed_at <= (
                      SELECT max(newest.sealed_at) - interval '{_SETTLED_SECONDS} seconds'
                      FROM audit_seal newest WHERE newest.tenant_id = :tenant_id
                  )
              )
              AND NOT EXISTS (
                  SELECT FROM audit_seal s
                  WHERE s.tenant_id = e.tenant_id AND s.audit_entry_id = e.id
              )
            ORDER BY e.id
        """,  # noqa: S608 (our own text)
    ),
    Invariant(
        name="versions_of_configuration_have_no_gap",
        description="The versions of each object count from 1 without a gap, and each stands for "
        "one change request of that object that is in effect.",
        counted_sql="SELECT count(*) FROM configuration_version WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT v.kind, v.object_key, v.version, v.place AS expected, r.status AS actual
            FROM (
                SELECT n.*, row_number() OVER (
                    PARTITION BY n.kind, n.object_key ORDER BY n.version
                ) AS place
                FROM configuration_version n WHERE n.tenant_id = :tenant_id
            ) v
            JOIN change_request r ON r.tenant_id = v.tenant_id AND r.id = v.change_request_id
            WHERE v.version <> v.place OR r.status <> 'effective' OR r.kind <> v.kind
               OR r.object_key IS DISTINCT FROM v.object_key
        """,
    ),
    Invariant(
        name="what_takes_effect_was_approved",
        description="Every change request that is approved or in effect has an approved request "
        "for approval, by somebody else than who asked or by a rule.",
        counted_sql="""
            SELECT count(*) FROM change_request
            WHERE tenant_id = :tenant_id AND status IN ('approved', 'effective')
        """,
        violations_sql="""
            SELECT r.id AS change_request_id, r.status, 'approved' AS expected,
                   coalesce(a.status, 'never asked') AS actual
            FROM change_request r
            LEFT JOIN approval_request a
                ON a.tenant_id = r.tenant_id AND a.subject = 'configuration_change'
               AND a.subject_id = r.id AND a.status = 'approved'
            WHERE r.tenant_id = :tenant_id AND r.status IN ('approved', 'effective')
              AND a.id IS NULL
        """,
    ),
    Invariant(
        name="custom_fields_hold_values_of_their_type",
        description="A value stands where values of its field's type are kept.",
        counted_sql="SELECT count(*) FROM custom_field_value WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT f.code, v.subject_id, f.type AS expected,
                   CASE WHEN v.text_value IS NULL THEN 'a number' ELSE 'text' END AS actual
            FROM custom_field_value v
            JOIN custom_field f ON f.tenant_id = v.tenant_id AND f.id = v.field_id
            WHERE v.tenant_id = :tenant_id
              AND (f.type IN ('text', 'choice')) <> (v.text_value IS NOT NULL)
        """,
    ),
)
