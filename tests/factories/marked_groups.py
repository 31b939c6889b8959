"""A group of the company's entities, under names that carry a mark."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from domain.entities.models import LegalEntity
from domain.finance.operations.consolidation import (
    create_consolidation_group,
    mark_affiliate_account,
    set_group_holding,
)
from domain.finance.operations.group_adjustments import AdjustmentLine, enter_group_adjustment
from domain.kernel.work import Work
from domain.ledger.models import Account


async def form_group(work: Work, mark: str, *, entity: int) -> None:
    """The entity holds its affiliate, an account is with that one, and something was entered."""
    affiliate = await work.value(
        select(LegalEntity.id).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.code == f"{mark}-AF"
        )
    )
    account = await work.value(
        select(Account.id).where(
            Account.tenant_id == work.tenant_id,
            Account.entity_id == entity,
            Account.code == f"{mark}-B",
        )
    )
    group = await create_consolidation_group(
        work, code=f"{mark}-GROUP", name=f"{mark} group", parent_id=entity, currency="EUR"
    )
    await set_group_holding(
        work,
        group_id=group,
        owner_id=entity,
        entity_id=affiliate,
        effective_from=date(2026, 1, 1),
        percent=Decimal(80),
    )
    await mark_affiliate_account(
        work, group_id=group, account_id=account, affiliate_id=affiliate, kind="investment"
    )
    await enter_group_adjustment(
        work,
        group_id=group,
        posted_on=work.now.date(),
        reason=f"{mark} agreed on it",
        lines=[
            AdjustmentLine(account=f"expense:{mark}-X", amount=Decimal(5), entity_id=affiliate),
            AdjustmentLine(account="goodwill", amount=Decimal(-5)),
        ],
    )
