"""Who may enter a sandbox: the same person, who was there when it was copied."""

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.onboarding.sandbox.outcomes import NoSandbox
from tenancy.accounts import user_account
from tenancy.principals import Principal, PrincipalKind


async def require_person(engine: AsyncEngine, principal: Principal, sandbox_id: int) -> None:
    """Raise NoSandbox unless the principal is a user whom the sandbox knows and lets in."""
    if principal.kind is not PrincipalKind.USER:
        raise NoSandbox("A person signs in to a sandbox; make a key in it for a program.")
    account = await user_account(engine, sandbox_id, id=principal.id)
    if account is None or account.refusal is not None:
        raise NoSandbox("You were not yet a user when the sandbox was copied. Refresh it.")
