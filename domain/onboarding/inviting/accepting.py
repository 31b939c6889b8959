"""An invitation is accepted. No permission is asked for: the code proves who has it."""

from dataclasses import dataclass

from sqlalchemy import select, update

from domain.kernel.work import Work
from domain.onboarding.access.credentials import put_password
from domain.onboarding.inviting.events import InvitationAccepted
from domain.onboarding.inviting.writing import INVITATION
from domain.onboarding.models import Invitation
from domain.onboarding.signing_up.outcomes import code_void
from tenancy.mailed_tokens import MailedTokens, PresentedToken
from tenancy.models import Tenant, UserAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Who has just chosen a password."""

    user_id: int
    slug: str
    username: str


async def accept_invitation(
    work: Work, tokens: MailedTokens, presented: PresentedToken, *, password_hash: str
) -> Accepted:
    """Keep the password of the invited user, once. Raises CodeVoid, also where the tenant or the
    user is suspended."""
    row = await work.row(
        select(
            Invitation.id,
            Invitation.nonce,
            Invitation.user_id,
            Invitation.status,
            Invitation.expires_at,
            UserAccount.username,
            UserAccount.status.label("user_status"),
            Tenant.slug,
            Tenant.status.label("tenant_status"),
        )
        .join(
            UserAccount,
            (UserAccount.tenant_id == Invitation.tenant_id)
            & (UserAccount.id == Invitation.user_id),
        )
        .join(Tenant, Tenant.id == Invitation.tenant_id)
        .where(Invitation.tenant_id == work.tenant_id, Invitation.id == presented.subject_id)
        .with_for_update(of=(UserAccount, Invitation))
    )
    proven = tokens.proves(INVITATION, presented, None if row is None else row.nonce)
    if row is None or not proven or presented.tenant_id != work.tenant_id:
        raise code_void()
    is_open = row.status == "sent" and row.expires_at > work.now
    if not is_open or (row.user_status, row.tenant_status) != ("active", "active"):
        raise code_void()
    await work.execute(
        update(Invitation)
        .where(Invitation.tenant_id == work.tenant_id, Invitation.id == row.id)
        .values(status="accepted", ended_at=work.now)
    )
    await put_password(
        work, user_id=row.user_id, password_hash=password_hash, action="accept_invitation"
    )
    work.record(InvitationAccepted(aggregate_id=row.id, user_id=row.user_id))
    return Accepted(user_id=row.user_id, slug=row.slug, username=row.username)
