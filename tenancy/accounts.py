"""What the database knows of a caller: one small statement for each, kept for a few seconds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.models import ApiKey, RolePermission, Tenant, UserAccount, UserRole, UserSession
from tenancy.permissions import most_permissions
from tenancy.principals import Principal, PrincipalKind, system_principal
from tenancy.transaction import scoped_transaction

NO_TENANT = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user or an API key as its rows stand: who it would be, and whether it is let in.

    `refusal` is the reason why it is not, or None. `tokens_valid_from` is a user's: tokens issued
    before it are void. `expires_at` is a key's."""

    principal: Principal
    tenant_slug: str
    refusal: str | None
    tokens_valid_from: datetime | None = None
    secret_hash: str | None = None
    expires_at: datetime | None = None


async def tenant_of_slug(engine: AsyncEngine, slug: str) -> tuple[int, str] | None:
    """The tenant's id and status, or None when no tenant has that slug."""
    scope = system_principal(NO_TENANT)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        result = await connection.execute(
            text("SELECT tenant_id, status FROM tenant_of_slug(:slug)"), {"slug": slug}
        )
        row = result.first()
    return None if row is None else (row.tenant_id, row.status)


async def credentials_of(engine: AsyncEngine, tenant_id: int, username: str) -> Any:
    """The row (id, password_hash, status) of a user, or None."""
    scope = system_principal(tenant_id)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        result = await connection.execute(
            select(UserAccount.id, UserAccount.password_hash, UserAccount.status).where(
                UserAccount.tenant_id == tenant_id, UserAccount.username == username
            )
        )
        return result.first()


async def keep_rehashed(engine: AsyncEngine, tenant_id: int, user: Any, fresh: str) -> None:
    """Keep a new hash of the password that `user` (a row of `credentials_of`) has."""
    async with scoped_transaction(engine, system_principal(tenant_id)) as connection:
        await connection.execute(
            update(UserAccount)
            .where(
                UserAccount.tenant_id == tenant_id,
                UserAccount.id == user.id,
                # A password that was changed meanwhile stays changed.
                UserAccount.password_hash == user.password_hash,
            )
            .values(password_hash=fresh)
        )


async def user_account(
    engine: AsyncEngine, tenant_id: int, *, session_id: int | None = None, **wanted: Any
) -> Account | None:
    """The account of the user with `id=` or `username=`; the session, if any, must be open."""
    statement = _user_statement(tenant_id, session_id).where(
        *(getattr(UserAccount, name) == value for name, value in wanted.items())
    )
    row = await _first(engine, tenant_id, statement)
    if row is None:
        return None
    return Account(
        principal=_principal(tenant_id, PrincipalKind.USER, row),
        tenant_slug=row.slug,
        refusal=_refusal(row),
        tokens_valid_from=row.tokens_valid_from,
    )


async def key_account(engine: AsyncEngine, tenant_id: int, key_id: int) -> Account | None:
    """The account of an API key, or None when there is none."""
    row = await _first(engine, tenant_id, _key_statement(tenant_id, key_id))
    if row is None:
        return None
    return Account(
        principal=_principal(tenant_id, PrincipalKind.API_KEY, row),
        tenant_slug=row.slug,
        refusal="key_revoked" if row.revoked_at is not None else _refusal(row),
        secret_hash=row.secret_hash,
        expires_at=row.expires_at,
    )


async def _first(engine: AsyncEngine, tenant_id: int, statement: Select[*tuple[Any, ...]]) -> Any:
    scope = system_principal(tenant_id)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        return (await connection.execute(statement)).first()


def _principal(tenant_id: int, kind: PrincipalKind, row: Any) -> Principal:
    permissions = frozenset(row.permissions or ())
    user_id = getattr(row, "user_id", None)
    if user_id is not None:
        # A user's key never may what the user may not, as their roles are now.
        permissions &= frozenset(row.user_permissions or ())
    return Principal(
        tenant_id=tenant_id,
        kind=kind,
        id=row.id,
        name=row.name,
        permissions=permissions
        & most_permissions(party_id=row.party_id, location_id=row.location_id),
        party_id=row.party_id,
        location_id=row.location_id,
        app_id=getattr(row, "app_id", None),
        user_id=user_id,
    )


def _refusal(row: Any) -> str | None:
    if row.tenant_status != "active":
        return "tenant_suspended"
    if row.status != "active":
        return "user_suspended"
    return None if row.session_open else "session_revoked"


def _user_statement(tenant_id: int, session_id: int | None) -> Select[*tuple[Any, ...]]:
    return select(
        UserAccount.id,
        UserAccount.username.label("name"),
        UserAccount.status,
        UserAccount.party_id,
        UserAccount.location_id,
        UserAccount.tokens_valid_from,
        Tenant.slug,
        Tenant.status.label("tenant_status"),
        _session_open(tenant_id, session_id).label("session_open"),
        _permissions_of_user(tenant_id).label("permissions"),
    ).where(UserAccount.tenant_id == tenant_id, Tenant.id == UserAccount.tenant_id)


def _permissions_of_user(tenant_id: int) -> Any:
    return (
        select(func.array_agg(RolePermission.permission.distinct()))
        .join(
            UserRole,
            and_(
                UserRole.tenant_id == RolePermission.tenant_id,
                UserRole.role_id == RolePermission.role_id,
            ),
        )
        .where(RolePermission.tenant_id == tenant_id, UserRole.user_id == UserAccount.id)
        .correlate(UserAccount)
        .scalar_subquery()
    )


def _session_open(tenant_id: int, session_id: int | None) -> Any:
    if session_id is None:
        return literal(True)
    return exists().where(
        UserSession.tenant_id == tenant_id,
        UserSession.id == session_id,
        UserSession.user_id == UserAccount.id,
        UserSession.revoked_at.is_(None),
    )


def _key_statement(tenant_id: int, key_id: int) -> Select[*tuple[Any, ...]]:
    permissions = (
        select(func.array_agg(RolePermission.permission.distinct()))
        .where(RolePermission.tenant_id == tenant_id, RolePermission.role_id == ApiKey.role_id)
        .correlate(ApiKey)
        .scalar_subquery()
    )
    # A user's key looks with the user's eyes, whoever the user belongs to by now.
    of_machine = ApiKey.user_id.is_(None)
    return (
        select(
            ApiKey.id,
            ApiKey.name,
            ApiKey.secret_hash,
            case((of_machine, ApiKey.party_id), else_=UserAccount.party_id).label("party_id"),
            case((of_machine, ApiKey.location_id), else_=UserAccount.location_id).label(
                "location_id"
            ),
            ApiKey.app_id,
            ApiKey.user_id,
            ApiKey.expires_at,
            ApiKey.revoked_at,
            func.coalesce(UserAccount.status, "active").label("status"),
            literal(True).label("session_open"),
            Tenant.slug,
            Tenant.status.label("tenant_status"),
            permissions.label("permissions"),
            _permissions_of_user(tenant_id).label("user_permissions"),
        )
        .outerjoin(
            UserAccount,
            and_(UserAccount.tenant_id == ApiKey.tenant_id, UserAccount.id == ApiKey.user_id),
        )
        .join(Tenant, Tenant.id == ApiKey.tenant_id)
        .where(ApiKey.tenant_id == tenant_id, ApiKey.id == key_id)
    )
