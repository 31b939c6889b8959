"""What a caller sees and changes of itself. It asks for no permission: it reaches nobody else."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.access.credentials import hashed, put_password
from domain.onboarding.access.outcomes import OldPasswordWrong
from tenancy.models import Tenant, UserAccount
from tenancy.passwords import password_matches
from tenancy.principals import PrincipalKind


async def own_account(reader: Reader) -> Row[Any] | None:
    """The caller's row (display_name, email); None for a key and for the system."""
    if reader.principal.kind is not PrincipalKind.USER:
        return None
    return await reader.row(
        select(UserAccount.display_name, UserAccount.email).where(
            UserAccount.tenant_id == reader.tenant_id, UserAccount.id == reader.principal.id
        )
    )


async def own_tenant(reader: Reader) -> Row[Any]:
    """The caller's tenant (slug, name)."""
    row = await reader.row(select(Tenant.slug, Tenant.name).where(Tenant.id == reader.tenant_id))
    assert row is not None, "a principal without a tenant"
    return row


async def set_password(work: Work, *, old_password: str, new_password: str) -> None:
    """Change the caller's own password; all its tokens become void, this request's included.
    Raises InvalidInput for a caller that is no user, OldPasswordWrong, PasswordRefused."""
    if work.principal.kind is not PrincipalKind.USER:
        raise InvalidInput("Only a user has a password.")
    kept_hash = await work.value(
        select(UserAccount.password_hash)
        .where(UserAccount.tenant_id == work.tenant_id, UserAccount.id == work.principal.id)
        .with_for_update()
    )
    if not await password_matches(kept_hash, old_password):
        raise OldPasswordWrong("The old password is not right.", path=("old_password",))
    fresh = await hashed(new_password, path=("new_password",))
    await put_password(work, user_id=work.principal.id, password_hash=fresh, action="set_password")
