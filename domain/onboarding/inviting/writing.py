"""An invitation and its letter are written, for a user that has just been made."""

from datetime import timedelta

from sqlalchemy import insert, select

from domain.kernel.work import Work
from domain.onboarding.inviting.events import UserInvited
from domain.onboarding.letters.writing import new_nonce, write_letter
from domain.onboarding.models import Invitation
from tenancy.models import Tenant, UserAccount

INVITATION = "invitation"
ACCEPTED_WITHIN = timedelta(days=7)


async def write_invitation(work: Work, *, user_id: int, email: str, invited_by: str) -> int:
    """Ask the user to choose a password; the invitation's id."""
    nonce = new_nonce()
    invitation_id = int(
        await work.value(
            insert(Invitation)
            .values(
                tenant_id=work.tenant_id,
                user_id=user_id,
                email=email,
                nonce=nonce,
                status="sent",
                invited_by=invited_by,
                created_at=work.now,
                expires_at=work.now + ACCEPTED_WITHIN,
            )
            .returning(Invitation.id)
        )
    )
    known = await work.row(
        select(Tenant.name, Tenant.slug, UserAccount.username, UserAccount.display_name)
        .join(UserAccount, UserAccount.tenant_id == Tenant.id)
        .where(Tenant.id == work.tenant_id, UserAccount.id == user_id)
    )
    assert known is not None, "the user has just been made"
    await write_letter(
        work,
        purpose=INVITATION,
        subject_id=invitation_id,
        nonce=nonce,
        address=email,
        details={
            "company": known.name,
            "slug": known.slug,
            "name": known.display_name,
            "username": known.username,
            "inviter": invited_by,
        },
    )
    work.record(UserInvited(aggregate_id=invitation_id, user_id=user_id))
    return invitation_id
