"""What must be done before a period closes, declared by the areas that know.

A check finds what is still open, as rows of (object_kind, object_id, what): the object that is
concerned, and what is the matter with it in words. It is one statement about one entity up to a
day, with the parameters :tenant_id, :entity_id, :until (the day after the period)."""

from dataclasses import dataclass

from domain.kernel.invariants import Invariant

CHECKS: dict[str, "ClosingCheck"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingCheck:
    """`title` says what is looked for, `why` why it matters, `mend` what to do about it. What is
    `waivable` may stay open where its owner signs for it: an accrual stands in the books then.
    `process` names whose owner answers for it where nobody is named."""

    name: str
    title: str
    why: str
    mend: str
    found: str
    process: str = "close"
    waivable: bool = False


def closing_check(check: ClosingCheck) -> ClosingCheck:
    """Declare a check; the module that does is imported in app/subjects.py."""
    assert check.name not in CHECKS, check.name
    CHECKS[check.name] = check
    return check


def agreement(invariant: Invariant, *, title: str, why: str, mend: str) -> ClosingCheck:
    """Declare that what an invariant says of entities holds of the one that closes: a sub-ledger
    agrees with the ledger. Its violations name an entity_id, expected and actual."""
    return closing_check(
        ClosingCheck(
            name=invariant.name,
            title=title,
            why=why,
            mend=mend,
            found=f"""
                SELECT 'legal_entity' AS object_kind, v.entity_id AS object_id,
                       'expected ' || v.expected::text || ', in the books ' || v.actual::text
                           AS what
                FROM ({invariant.violations_sql}) v WHERE v.entity_id = :entity_id
            """,  # noqa: S608
        )
    )
