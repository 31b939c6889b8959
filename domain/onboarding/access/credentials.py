"""Passwords are set and tokens made void, with the user's row locked by the caller."""

from datetime import timedelta

from sqlalchemy import update

from domain.kernel.work import Work
from domain.onboarding.access.events import PasswordChanged
from domain.onboarding.access.outcomes import PasswordRefused
from tenancy.models import UserAccount
from tenancy.passwords import PasswordUnsuitable, hash_password


async def hashed(password: str, *, path: tuple[str, ...] = ("password",)) -> str:
    """The hash to keep. Raises PasswordRefused."""
    try:
        return await hash_password(password)
    except PasswordUnsuitable as error:
        raise PasswordRefused(str(error), path=path) from error


async def put_password(work: Work, *, user_id: int, password_hash: str, action: str) -> None:
    """Keep the hash and end the user's sessions; noted under `action`."""
    await work.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == work.tenant_id, UserAccount.id == user_id)
        .values(password_hash=password_hash)
    )
    await void_tokens(work, user_id=user_id)
    work.record(PasswordChanged(aggregate_id=user_id))
    work.audit(action, subject="user", subject_id=user_id)


async def void_tokens(work: Work, *, user_id: int) -> None:
    """Make every token issued until now void."""
    # A token of this very moment is void too; the next moment's counts.
    await work.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == work.tenant_id, UserAccount.id == user_id)
        .values(tokens_valid_from=work.now + timedelta.resolution)
    )
