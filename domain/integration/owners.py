"""Whose rights a webhook subscription has, as they are now."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy import accounts
from tenancy.accounts import Account
from tenancy.principals import Principal, PrincipalKind, system_principal

TENANT_SUSPENDED = "tenant_suspended"


class OwnerGone(Exception):
    """Whose rights the subscription has is not let in any more. Its words say why."""


class OwnerSuspended(Exception):
    """The tenant as a whole is suspended; nothing is wrong with the subscription."""


async def load_account(
    engine: AsyncEngine, tenant_id: int, kind: PrincipalKind, owner_id: int
) -> Account | None:
    """The account of an owner that is a user or an API key, or None when it is no more."""
    if kind is PrincipalKind.API_KEY:
        return await accounts.key_account(engine, tenant_id, owner_id)
    return await accounts.user_account(engine, tenant_id, id=owner_id)


def owner_in(account: Account | None, kind: PrincipalKind, now: datetime) -> Principal:
    """The principal of an owner's account. Raises OwnerGone or OwnerSuspended."""
    name = "API key" if kind is PrincipalKind.API_KEY else "user"
    if account is None:
        raise OwnerGone(f"The {name} whose rights it has is no more.")
    if account.refusal == TENANT_SUSPENDED:
        raise OwnerSuspended("The tenant is suspended.")
    expired = account.expires_at is not None and account.expires_at <= now
    if account.refusal is not None or expired:
        raise OwnerGone(f"The {name} whose rights it has is not let in any more.")
    return account.principal


async def owner_principal(
    engine: AsyncEngine, tenant_id: int, owner: tuple[str, int], now: datetime
) -> Principal:
    """The principal of an owner (kind, id). Raises OwnerGone or OwnerSuspended."""
    kind = PrincipalKind(owner[0])
    if kind is PrincipalKind.SYSTEM:
        return system_principal(tenant_id, name="webhooks")
    return owner_in(await load_account(engine, tenant_id, kind, owner[1]), kind, now)
