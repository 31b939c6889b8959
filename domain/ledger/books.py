"""An entity's books: opened with the standard chart when they are first needed."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.work import Work
from domain.ledger.chart import ACCOUNTS, RULES
from domain.ledger.models import Account, PostingRule


async def open_books(work: Work, entity_ids: Collection[int]) -> None:
    """Give each entity what it lacks of the standard chart and posting rules.

    What stands is left as it is; two transactions at once make one set (in one order, so that
    they take turns)."""
    entities = sorted(set(entity_ids))
    if not entities:
        return
    await work.execute(
        insert(Account)
        .values(
            [
                {"tenant_id": work.tenant_id, "entity_id": entity_id, **account._asdict()}
                for entity_id in entities
                for account in ACCOUNTS
            ]
        )
        .on_conflict_do_nothing()
    )
    await _write_rules(work, entities)


async def _write_rules(work: Work, entities: list[int]) -> None:
    rows = await work.rows(
        select(Account.entity_id, Account.code, Account.id).where(
            Account.tenant_id == work.tenant_id, Account.entity_id.in_(entities)
        )
    )
    account_ids = {(row.entity_id, row.code): row.id for row in rows}
    await work.execute(
        insert(PostingRule)
        .values(
            [
                {
                    "tenant_id": work.tenant_id,
                    "entity_id": entity_id,
                    "milestone": rule.milestone,
                    "leg": rule.leg,
                    "account_id": account_ids[entity_id, rule.account_code],
                }
                for entity_id in entities
                for rule in RULES
            ]
        )
        .on_conflict_do_nothing()
    )
