"""What is known of the books before something is posted to them, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, Text, and_, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Row
from sqlalchemy.sql.elements import Label

from domain.entities.models import LegalEntity
from domain.kernel.errors import NotFound
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.ledger.models import (
    Account,
    EntityBook,
    FiscalPeriod,
    PostingRule,
    PostingRuleVersion,
)
from domain.ledger.rule_choice import CONDITIONS, Rule, RuleVersion

ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFacts:
    """An entity's currency, the accounts (by role) and own rules that were asked about, and from
    when to when it has fiscal years (None: no books, or no years in them)."""

    entity_id: int
    currency: str
    accounts: Mapping[str, int]
    versions: Sequence[RuleVersion]
    covered: tuple[date, date] | None

    def covers(self, day: date) -> bool:
        """Whether the day falls in a fiscal year that there is."""
        return self.covered is not None and self.covered[0] <= day <= self.covered[1]


async def read_facts(
    reader: Reader,
    *,
    entity_ids: Sequence[int],
    roles: Sequence[str],
    milestones: Sequence[str],
    until: date,
) -> dict[int, BookFacts]:
    """The facts of each entity: accounts of these roles, own rules for these milestones that are
    in effect on a day up to `until`."""
    rows = await reader.rows(
        _FACTS,
        {
            "tenant": reader.tenant_id,
            "entities": list(entity_ids),
            "roles": list(roles),
            "milestones": list(milestones),
            "until": until,
        },
    )
    return {row.id: _facts(row) for row in rows}


async def base_currency(reader: Reader, entity_id: int) -> str:
    """The currency that an entity keeps its books in. Raises NotFound."""
    currency = await reader.value(
        select(LegalEntity.currency).where(
            LegalEntity.tenant_id == reader.tenant_id, LegalEntity.id == entity_id
        )
    )
    if currency is None:
        raise NotFound("legal entity")
    return str(currency)


def _facts(row: Row[Any]) -> BookFacts:
    rules: dict[int, list[Rule]] = {}
    for version_id, milestone, leg, account_id, project, *values in row.rules or ():
        conditions = {
            name: value for name, value in zip(CONDITIONS, values, strict=True) if value is not None
        }
        rules.setdefault(version_id, []).append(
            Rule(
                milestone=milestone,
                leg=leg,
                account_id=account_id,
                conditions=conditions,
                project=project,
            )
        )
    return BookFacts(
        entity_id=row.id,
        currency=row.currency,
        accounts=row.accounts or {},
        versions=[
            RuleVersion(
                id=version_id,
                number=number,
                effective_from=date.fromisoformat(begins),
                rules=rules.get(version_id, ()),
            )
            for version_id, number, begins in row.versions or ()
        ],
        covered=None if row.covered_from is None else (row.covered_from, row.covered_to),
    )


_TENANT = bindparam("tenant", type_=LegalEntity.tenant_id.type)
_EFFECTIVE = (
    PostingRuleVersion.tenant_id == _TENANT,
    PostingRuleVersion.entity_id == LegalEntity.id,
    PostingRuleVersion.status == ACTIVE,
    PostingRuleVersion.effective_from <= bindparam("until", type_=Date),
)


def _accounts() -> Label[Any]:
    """The accounts of the roles, {role: id}."""
    found = select(func.jsonb_object_agg(Account.role, Account.id)).where(
        Account.tenant_id == _TENANT,
        Account.entity_id == LegalEntity.id,
        Account.role == any_(bindparam("roles", type_=ARRAY(Text))),
    )
    return found.scalar_subquery().label("accounts")


def _versions() -> Label[Any]:
    """The versions in effect, as [id, number, from when on]."""
    version = func.jsonb_build_array(
        PostingRuleVersion.id, PostingRuleVersion.number, PostingRuleVersion.effective_from
    )
    found = select(func.jsonb_agg(version)).where(*_EFFECTIVE)
    return found.scalar_subquery().label("versions")


def _rules() -> Label[Any]:
    """Their rules for the milestones, in order, as `_facts` takes them apart."""
    rule = func.jsonb_build_array(
        PostingRule.version_id,
        PostingRule.milestone,
        PostingRule.leg,
        PostingRule.account_id,
        PostingRule.project,
        *(getattr(PostingRule, name) for name in CONDITIONS),
    )
    found = (
        select(func.jsonb_agg(aggregate_order_by(rule, PostingRule.id)))
        .select_from(PostingRule)
        .join(
            PostingRuleVersion,
            and_(
                PostingRuleVersion.tenant_id == PostingRule.tenant_id,
                PostingRuleVersion.id == PostingRule.version_id,
            ),
        )
        .where(
            PostingRule.tenant_id == _TENANT,
            PostingRule.milestone == any_(bindparam("milestones", type_=ARRAY(Text))),
            *_EFFECTIVE,
        )
    )
    return found.correlate(LegalEntity).scalar_subquery().label("rules")


def _bound(value: Any, name: str) -> Label[Any]:
    """The first or last day of the entity's fiscal years."""
    found = select(value).where(
        FiscalPeriod.tenant_id == _TENANT, FiscalPeriod.entity_id == LegalEntity.id
    )
    return found.scalar_subquery().label(name)


_FACTS = Prepared(
    select(
        LegalEntity.id,
        LegalEntity.currency,
        _accounts(),
        _versions(),
        _rules(),
        _bound(func.min(FiscalPeriod.starts_on), "covered_from"),
        _bound(func.max(FiscalPeriod.ends_on), "covered_to"),
    )
    .join(
        EntityBook,
        and_(EntityBook.tenant_id == LegalEntity.tenant_id, EntityBook.entity_id == LegalEntity.id),
    )
    .where(
        LegalEntity.tenant_id == _TENANT,
        LegalEntity.id == any_(bindparam("entities", type_=ARRAY(BigInteger))),
    )
)
