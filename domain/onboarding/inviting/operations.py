"""Users are invited, and invitations withdrawn."""

from collections.abc import Collection

from sqlalchemy import select, update

from domain.kernel.errors import InvalidState
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.access.granting import require_above, role_ids_of_user
from domain.onboarding.access.operations.users import create_user
from domain.onboarding.inviting.events import InvitationWithdrawn
from domain.onboarding.inviting.writing import write_invitation
from domain.onboarding.letters.policy import sound_address
from domain.onboarding.models import Invitation
from tenancy.models import UserAccount


@operation("users.manage")
async def invite_user(
    work: Work,
    *,
    email: str,
    username: str | None = None,
    display_name: str | None = None,
    role_ids: Collection[int] = (),
    party_id: int | None = None,
    location_id: int | None = None,
) -> int:
    """A new user without a password, and a letter to choose one; the invitation's id.

    The username is the address unless given. Raises what `create_user` raises."""
    address = sound_address(email)
    user_id = await create_user(
        work,
        username=username or address,
        display_name=display_name or address.partition("@")[0],
        email=address,
        role_ids=role_ids,
        party_id=party_id,
        location_id=location_id,
    )
    invitation_id = await write_invitation(
        work, user_id=user_id, email=address, invited_by=work.principal.name
    )
    work.audit(
        "invite_user", subject="invitation", subject_id=invitation_id, after={"user_id": user_id}
    )
    return invitation_id


@operation("users.manage")
async def repeat_invitation(work: Work, *, invitation_id: int) -> int:
    """Send a new letter in place of one that was lost or has expired; the old one is void. Gives
    the new invitation's id. Raises NotFound, NotPermitted, InvalidState."""
    user_id, email = await _end(work, invitation_id)
    new_id = await write_invitation(
        work, user_id=user_id, email=email, invited_by=work.principal.name
    )
    work.audit(
        "repeat_invitation", subject="invitation", subject_id=new_id, before={"id": invitation_id}
    )
    return new_id


@operation("users.manage")
async def withdraw_invitation(work: Work, *, invitation_id: int) -> None:
    """Make the invitation void and suspend its user, who has never signed in.

    Raises NotFound, NotPermitted (the user would hold what the caller lacks), InvalidState."""
    user_id, _ = await _end(work, invitation_id)
    await work.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == work.tenant_id, UserAccount.id == user_id)
        .values(status="suspended")
    )
    work.record(InvitationWithdrawn(aggregate_id=invitation_id, user_id=user_id))
    work.audit("withdraw_invitation", subject="invitation", subject_id=invitation_id)


async def _end(work: Work, invitation_id: int) -> tuple[int, str]:
    """Withdraw the locked invitation; whose it was, and where it went."""
    user_id = await work.value(
        select(Invitation.user_id).where(
            Invitation.tenant_id == work.tenant_id, Invitation.id == invitation_id
        )
    )
    if user_id is not None:
        await lock_record(work, UserAccount, user_id, kind="user")
    row = await lock_record(work, Invitation, invitation_id, kind="invitation")
    await require_above(work, await role_ids_of_user(work, row.user_id))
    await work.see_as_house()
    if row.status != "sent":
        message = f"The invitation is {row.status} already."
        raise InvalidState(message, state=row.status, allowed=[])
    await work.execute(
        update(Invitation)
        .where(Invitation.tenant_id == work.tenant_id, Invitation.id == invitation_id)
        .values(status="withdrawn", ended_at=work.now)
    )
    return int(row.user_id), str(row.email)
