"""Which tax code a sale has, and how it stands on a day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.models import TaxCode, TaxRate, TaxRule
from domain.finance.policies.taxes import Component, Treatment
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class TaxRules:
    """The rules of some entities, with the treatments that they lead to."""

    rules: Mapping[int, list[Row[Any]]]
    treatments: Mapping[int, Treatment]

    def treatment(
        self,
        entity_id: int,
        *,
        country: str | None,
        region: str | None,
        item_group: str | None,
        party_code_id: int | None,
    ) -> Treatment | None:
        """How a sale is taxed; None: nothing is said, so no tax is added. What is said of a
        customer comes before every rule of the place; of rules the closest fit counts."""
        if party_code_id is not None:
            return self.treatments.get(party_code_id)
        fitting = [
            rule
            for rule in self.rules.get(entity_id, [])
            if rule.country in ("", country)
            and rule.region in ("", region)
            and rule.item_group in ("", item_group)
        ]
        if not fitting:
            return None
        best = max(fitting, key=lambda r: (r.item_group != "", r.region != "", r.country != ""))
        return self.treatments[best.tax_code_id]


async def tax_rules(
    reader: Reader, *, entity_ids: Collection[int], code_ids: Collection[int], on: date
) -> TaxRules:
    """The rules of the entities and the named codes, as they stand on a day."""
    rows = await reader.rows(
        select(*TaxRule.__table__.c).where(
            TaxRule.tenant_id == reader.tenant_id, TaxRule.entity_id.in_(entity_ids)
        )
    )
    rules: dict[int, list[Row[Any]]] = {}
    for row in rows:
        rules.setdefault(row.entity_id, []).append(row)
    wanted = {row.tax_code_id for row in rows} | set(code_ids)
    return TaxRules(rules, await treatments(reader, wanted, on=on) if wanted else {})


async def treatments(reader: Reader, ids: Collection[int], *, on: date) -> dict[int, Treatment]:
    """The codes with these ids, with the rates that hold on a day."""
    rates = (
        select(TaxRate.tax_code_id, TaxRate.component, TaxRate.percent, TaxRate.is_compound)
        .where(
            TaxRate.tenant_id == reader.tenant_id,
            TaxRate.tax_code_id.in_(ids),
            TaxRate.valid_from <= on,
        )
        .order_by(TaxRate.tax_code_id, TaxRate.component, TaxRate.valid_from)
    )
    latest = {(row.tax_code_id, row.component): row for row in await reader.rows(rates)}
    components: dict[int, list[Component]] = {}
    for row in latest.values():
        if row.percent:
            part = Component(row.component, row.percent, row.is_compound)
            components.setdefault(row.tax_code_id, []).append(part)
    rows = await reader.rows(
        select(TaxCode.id, TaxCode.kind, TaxCode.is_inclusive).where(
            TaxCode.tenant_id == reader.tenant_id, TaxCode.id.in_(ids)
        )
    )
    return {
        row.id: Treatment(row.id, row.kind, row.is_inclusive, tuple(components.get(row.id, ())))
        for row in rows
    }
