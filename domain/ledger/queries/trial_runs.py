"""What drafted posting rules would have done with what really happened; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import Party
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine, PostingRuleVersion
from domain.ledger.rule_choice import CONDITIONS, Rule, chosen_rule
from domain.ledger.rule_writing import rules_of_version
from domain.ledger.standard_rules.everything import MILESTONES, STANDARD_RULES

MOST_JOURNALS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedLine:
    """A line as it was posted, and where the draft would have put it (None: no account has its
    role any more)."""

    journal_line_id: int
    journal_id: int
    number: str
    milestone: str
    leg: str
    amount_minor: int
    base_amount_minor: int
    currency: str
    account_id: int
    project: str | None
    drafted_account_id: int | None
    drafted_project: str | None

    @property
    def changes(self) -> bool:
        """Whether the draft would have posted it differently."""
        posted = (self.account_id, self.project)
        return posted != (self.drafted_account_id, self.drafted_project)


@query("ledger.read")
async def trial_run(reader: Reader, *, version_id: int, last: int = 100) -> list[TriedLine]:
    """The lines of the entity's last journals (up to 1,000) that rules posted, each with where the
    version would have put it: the latest journal first. Raises NotFound, InvalidInput."""
    if not 1 <= last <= MOST_JOURNALS:
        raise InvalidInput(f"Must be 1 to {MOST_JOURNALS}.", path=("last",))
    entity_id = await reader.value(
        select(PostingRuleVersion.entity_id).where(
            PostingRuleVersion.tenant_id == reader.tenant_id, PostingRuleVersion.id == version_id
        )
    )
    if entity_id is None:
        raise NotFound("posting rules")
    rules = [_rule(each) for each in await rules_of_version(reader, version_id)]
    accounts = await _accounts(reader, entity_id)
    return [
        _tried(row, rules, accounts)
        for row in await _posted(reader, entity_id, last)
        if (row.milestone, row.leg) in STANDARD_RULES
    ]


async def _accounts(reader: Reader, entity_id: int) -> Mapping[str, int]:
    rows = await reader.rows(
        select(Account.role, Account.id).where(
            Account.tenant_id == reader.tenant_id,
            Account.entity_id == entity_id,
            Account.role.is_not(None),
        )
    )
    return {row.role: row.id for row in rows}


async def _posted(reader: Reader, entity_id: int, last: int) -> Sequence[Row[Any]]:
    latest = (
        select(Journal.id, Journal.number, Journal.milestone, Journal.country)
        .where(
            Journal.tenant_id == reader.tenant_id,
            Journal.entity_id == entity_id,
            Journal.milestone.in_(MILESTONES),
        )
        .order_by(Journal.id.desc())
        .limit(last)
        .subquery()
    )
    return await reader.rows(
        select(
            *JournalLine.__table__.c,
            latest.c.number,
            latest.c.milestone,
            latest.c.country,
            Party.customer_group.label("party_group"),
        )
        .join(latest, latest.c.id == JournalLine.journal_id)
        .outerjoin(
            Party,
            (Party.tenant_id == JournalLine.tenant_id) & (Party.id == JournalLine.party_id),
        )
        .where(JournalLine.tenant_id == reader.tenant_id)
        .order_by(latest.c.id.desc(), JournalLine.id)
    )


def _rule(written: Mapping[str, Any]) -> Rule:
    return Rule(
        milestone=written["milestone"],
        leg=written["leg"],
        account_id=written["account_id"],
        conditions={n: written[n] for n in CONDITIONS if written[n] is not None},
        project=written["project"],
    )


def _tried(row: Row[Any], rules: Sequence[Rule], accounts: Mapping[str, int]) -> TriedLine:
    circumstances = {name: getattr(row, name) for name in CONDITIONS}
    rule = chosen_rule(rules, milestone=row.milestone, leg=row.leg, circumstances=circumstances)
    standard = accounts.get(STANDARD_RULES[row.milestone, row.leg])
    return TriedLine(
        journal_line_id=row.id,
        journal_id=row.journal_id,
        number=row.number,
        milestone=row.milestone,
        leg=row.leg,
        amount_minor=row.amount_minor,
        base_amount_minor=row.base_amount_minor,
        currency=row.currency,
        account_id=row.account_id,
        project=row.project,
        drafted_account_id=standard if rule is None else rule.account_id,
        drafted_project=row.project if rule is None or rule.project is None else rule.project,
    )
