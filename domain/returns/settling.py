"""What finance tells returns: a credit has become a credit note."""

from sqlalchemy import update

from domain.kernel.work import Work
from domain.returns.models import ReturnCredit


async def settle_credit(work: Work, *, credit_id: int) -> bool:
    """A credit that was granted is in a credit note now; False when it was before."""
    done = await work.execute(
        update(ReturnCredit)
        .where(
            ReturnCredit.tenant_id == work.tenant_id,
            ReturnCredit.id == credit_id,
            ReturnCredit.status == "granted",
        )
        .values(status="settled", settled_at=work.now)
    )
    return done == 1
