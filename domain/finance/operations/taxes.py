"""Taxes: codes, their rates from days on, and which code holds where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from domain.entities.models import LegalEntity
from domain.finance.models import TaxCode, TaxRate, TaxRule
from domain.finance.policies.taxes import EXEMPT, REVERSE, STANDARD
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record, make_record, require_record
from domain.kernel.work import Work

KINDS = (STANDARD, EXEMPT, REVERSE)
MOST_RATES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRate:
    """What a component takes from a day on, in percent; 0 ends it."""

    component: str
    percent: Decimal
    valid_from: date
    is_compound: bool = False


@operation("finance.manage")
async def create_tax_code(
    work: Work,
    *,
    code: str,
    name: str,
    kind: str = STANDARD,
    is_inclusive: bool = False,
    rates: Sequence[WantedRate] = (),
) -> int:
    """Make a tax code with its rates; its id. Raises InvalidInput, CodeTaken."""
    values = {
        "code": text.code(code),
        "name": text.name(name),
        "kind": text.choice(kind, KINDS, path=("kind",)),
        "is_inclusive": is_inclusive,
    }
    code_id = await make_record(work, TaxCode, values, kind="tax code")
    await _write_rates(work, code_id, rates)
    work.audit("create_tax_code", subject="tax_code", subject_id=code_id, after=dict(values))
    return code_id


@operation("finance.manage")
async def set_tax_rates(work: Work, *, tax_code_id: int, rates: Sequence[WantedRate]) -> int:
    """Set what components of a code take from days on; others stay. The code's id. What was billed
    keeps its taxes. Raises NotFound, InvalidInput."""
    await lock_record(work, TaxCode, tax_code_id, kind="tax code")
    await _write_rates(work, tax_code_id, rates)
    work.audit(
        "set_tax_rates",
        subject="tax_code",
        subject_id=tax_code_id,
        after={f"{r.component} {r.valid_from}": f"{r.percent:f}" for r in rates},
    )
    return tax_code_id


async def _write_rates(work: Work, code_id: int, rates: Sequence[WantedRate]) -> None:
    if len(rates) > MOST_RATES:
        raise InvalidInput(f"At most {MOST_RATES} rates.", path=("rates",))
    rows = [_rate(code_id, place, each) for place, each in enumerate(rates)]
    keys = {(row["component"], row["valid_from"]) for row in rows}
    if len(keys) < len(rows):
        raise InvalidInput("A component has one rate from a day on.", path=("rates",))
    if not rows:
        return
    statement = insert(TaxRate).values([{"tenant_id": work.tenant_id, **row} for row in rows])
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "tax_code_id", "component", "valid_from"],
            set_={
                "percent": statement.excluded.percent,
                "is_compound": statement.excluded.is_compound,
            },
        )
    )


def _rate(code_id: int, place: int, each: WantedRate) -> dict[str, Any]:
    if not 0 <= each.percent <= 100:
        raise InvalidInput("Must be between 0 and 100.", path=("rates", place, "percent"))
    return {
        "tax_code_id": code_id,
        "component": text.name(each.component, path=("rates", place, "component")),
        "percent": each.percent,
        "is_compound": each.is_compound,
        "valid_from": each.valid_from,
    }


@operation("finance.manage")
async def set_tax_rule(
    work: Work,
    *,
    entity_id: int,
    tax_code_id: int | None,
    country: str | None = None,
    region: str | None = None,
    item_group: str | None = None,
) -> int:
    """Say which code an entity's sales to a place (of a group of items) have; None takes the rule
    away. The entity's id. Raises NotFound, InvalidInput."""
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    await require_record(work, TaxCode.__table__, tax_code_id, kind="tax code")
    key = {
        "entity_id": entity_id,
        "country": "" if country is None else iso.country(country),
        "region": text.optional(region, path=("region",)) or "",
        "item_group": text.optional(item_group, path=("item_group",)) or "",
    }
    if tax_code_id is None:
        conditions = [getattr(TaxRule, name) == value for name, value in key.items()]
        await work.execute(delete(TaxRule).where(TaxRule.tenant_id == work.tenant_id, *conditions))
    else:
        statement = insert(TaxRule).values(tenant_id=work.tenant_id, tax_code_id=tax_code_id, **key)
        await work.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", *key], set_={"tax_code_id": tax_code_id}
            )
        )
    work.audit(
        "set_tax_rule",
        subject="legal_entity",
        subject_id=entity_id,
        after={**key, "tax_code_id": tax_code_id},
    )
    return entity_id
