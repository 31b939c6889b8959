"""The checklist of a period: what each check finds, who answers for it, who signed."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, literal_column, select, text, union_all
from sqlalchemy.engine import Row

from domain.finance.models import ClosingOwner, ClosingSignature
from domain.governance.models import ProcessOwner
from domain.kernel.reading import Reader
from domain.ledger.closing_checks import CHECKS, ClosingCheck

# So many of a check's findings are shown; all of them are counted.
SHOWN = 100
_FINDINGS = """
(SELECT '{name}' AS check_name, f.object_kind, f.object_id::bigint AS object_id, f.what,
        count(*) OVER () AS total
 FROM ({found}) f ORDER BY f.object_kind, f.object_id LIMIT {shown})
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """An object that keeps a check open, and what is the matter with it."""

    object_kind: str
    object_id: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """How a check stands for a period: `total` findings, of which the first are shown, the user
    who answers for it, and the signature, if somebody signed."""

    check: ClosingCheck
    total: int
    findings: tuple[Finding, ...]
    owner_id: int | None
    signature: Row[Any] | None

    @property
    def is_signed(self) -> bool:
        """Whether somebody stands for all that is found by now."""
        return self.signature is not None and self.signature.findings >= self.total

    @property
    def is_passed(self) -> bool:
        """Whether it keeps nothing from closing."""
        return self.total == 0 or (self.check.waivable and self.is_signed)


async def checklist(reader: Reader, period: Row[Any]) -> list[CheckState]:
    """How every check stands for the period (a row of fiscal_period), in the order of names: one
    statement for all findings, one for owners and one for signatures."""
    found = await _findings(reader, period)
    owners, signatures = await _owners(reader, period), await _signatures(reader, period)
    states = []
    for name, check in sorted(CHECKS.items()):
        rows = found.get(name, [])
        states.append(
            CheckState(
                check=check,
                total=rows[0].total if rows else 0,
                findings=tuple(Finding(r.object_kind, r.object_id, r.what) for r in rows),
                owner_id=owners.get(name, owners.get(f"process {check.process}")),
                signature=signatures.get(name),
            )
        )
    return states


async def _findings(reader: Reader, period: Row[Any]) -> dict[str, list[Row[Any]]]:
    parts = [
        _FINDINGS.format(name=check.name, found=check.found, shown=SHOWN)
        for check in CHECKS.values()
    ]
    until = datetime.combine(period.ends_on + timedelta(days=1), time(), tzinfo=UTC)
    rows = await reader.rows(
        text(" UNION ALL ".join(parts)),
        {"tenant_id": reader.tenant_id, "entity_id": period.entity_id, "until": until},
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.check_name, []).append(row)
    return found


async def _owners(reader: Reader, period: Row[Any]) -> dict[str, int]:
    """User ids by check name, and by "process " and the process's name."""
    named = select(ClosingOwner.check_name.label("of"), ClosingOwner.user_id).where(
        ClosingOwner.tenant_id == reader.tenant_id, ClosingOwner.entity_id == period.entity_id
    )
    of_process = select(
        (literal_column("'process '", Text) + ProcessOwner.process).label("of"),
        ProcessOwner.user_id.cast(BigInteger),
    ).where(ProcessOwner.tenant_id == reader.tenant_id)
    rows = await reader.rows(union_all(named, of_process))
    return {row.of: row.user_id for row in rows}


async def _signatures(reader: Reader, period: Row[Any]) -> dict[str, Row[Any]]:
    rows = await reader.rows(
        select(*ClosingSignature.__table__.c).where(
            ClosingSignature.tenant_id == reader.tenant_id,
            ClosingSignature.period_id == period.id,
        )
    )
    return {row.check_name: row for row in rows}
