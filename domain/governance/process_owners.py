"""Who answers for a process is asked before its configuration changes."""

from sqlalchemy import select

from domain.approvals.policies.rules import Step
from domain.governance.models import ProcessOwner
from domain.kernel.work import Work
from tenancy.models import UserAccount
from tenancy.principals import PrincipalKind


async def owner_steps(work: Work, process: str | None) -> list[Step]:
    """The step that asks the owner of the process; none where it has no (active) owner, or where
    the owner is who asks: then whoever else may decide is asked."""
    owner_id = None if process is None else await _active_owner(work, process)
    if owner_id is None or _is_caller(work, owner_id):
        return []
    return [Step(name=f"Owner of {process}", user_ids=(owner_id,))]


def _is_caller(work: Work, user_id: int) -> bool:
    return work.principal.person == (PrincipalKind.USER, user_id)


async def _active_owner(work: Work, process: str) -> int | None:
    found: int | None = await work.value(
        select(ProcessOwner.user_id)
        .join(
            UserAccount,
            (UserAccount.tenant_id == ProcessOwner.tenant_id)
            & (UserAccount.id == ProcessOwner.user_id),
        )
        .where(
            ProcessOwner.tenant_id == work.tenant_id,
            ProcessOwner.process == process,
            UserAccount.status == "active",
        )
    )
    return found
