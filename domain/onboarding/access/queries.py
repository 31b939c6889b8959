"""Users, roles, API keys and outside issuers, by id and as lists. No hash leaves here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from tenancy.models import ApiKey, OidcIssuer, Role, RolePermission, UserAccount, UserRole

USERS_BY_NAME = Ordering((UserAccount.username, UserAccount.id))
USER_ORDERINGS = {
    "username": USERS_BY_NAME,
    "created_at": Ordering((UserAccount.created_at, UserAccount.id)),
}
ROLES_BY_NAME = Ordering((Role.name, Role.id))
KEYS_BY_AGE = Ordering((ApiKey.created_at, ApiKey.id))
ISSUERS_BY_NAME = Ordering((OidcIssuer.issuer, OidcIssuer.id))

USER_COLUMNS: tuple[Any, ...] = (
    UserAccount.id,
    UserAccount.username,
    UserAccount.display_name,
    UserAccount.email,
    UserAccount.status,
    UserAccount.party_id,
    UserAccount.location_id,
    UserAccount.password_hash.is_not(None).label("has_password"),
    UserAccount.created_at,
)
ROLE_COLUMNS: tuple[Any, ...] = (
    Role.id,
    Role.name,
    Role.description,
)
KEY_COLUMNS: tuple[Any, ...] = (
    ApiKey.id,
    ApiKey.name,
    ApiKey.role_id,
    ApiKey.party_id,
    ApiKey.location_id,
    ApiKey.app_id,
    ApiKey.user_id,
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.created_at,
)
ISSUER_COLUMNS: tuple[Any, ...] = (
    OidcIssuer.id,
    OidcIssuer.issuer,
    OidcIssuer.audience,
    OidcIssuer.jwks_uri,
    OidcIssuer.username_claim,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users; what is None does not narrow."""

    username: str | None = None
    status: str | None = None
    party_id: int | None = None
    location_id: int | None = None
    role_id: int | None = None


@query("users.read")
async def users(
    reader: Reader,
    *,
    where: UserFilter,
    ordering: Ordering = USERS_BY_NAME,
    request: PageRequest,
) -> Listing:
    """A page of users. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("users.read")
async def users_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The users with these ids; an id of no row of the tenant is left out."""
    return await _by_id(reader, _users(reader).where(UserAccount.id.in_(ids)))


@query("users.read")
async def roles_of_users(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The roles of each of these users, by name."""
    statement = (
        _roles(reader)
        .add_columns(UserRole.user_id)
        .join(UserRole, (UserRole.tenant_id == Role.tenant_id) & (UserRole.role_id == Role.id))
        .where(UserRole.user_id.in_(ids))
        .order_by(UserRole.user_id, Role.name)
    )
    return grouped(ids, await reader.rows(statement), key="user_id")


@query("users.read")
async def roles(
    reader: Reader, *, ordering: Ordering = ROLES_BY_NAME, request: PageRequest
) -> Listing:
    """A page of roles. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _roles(reader), ordering=ordering, request=request)


@query("users.read")
async def roles_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The roles with these ids; an id of no row of the tenant is left out."""
    return await _by_id(reader, _roles(reader).where(Role.id.in_(ids)))


@query("users.read")
async def permissions_of_roles(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[str]]:
    """The permissions of each of these roles, in order."""
    statement = (
        select(RolePermission.role_id, RolePermission.permission)
        .where(RolePermission.tenant_id == reader.tenant_id, RolePermission.role_id.in_(ids))
        .order_by(RolePermission.role_id, RolePermission.permission)
    )
    found = grouped(ids, await reader.rows(statement), key="role_id")
    return {role_id: [row.permission for row in rows] for role_id, rows in found.items()}


@query("users.read")
async def api_keys(
    reader: Reader, *, ordering: Ordering = KEYS_BY_AGE, request: PageRequest
) -> Listing:
    """A page of API keys. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _keys(reader), ordering=ordering, request=request)


@query("users.read")
async def api_keys_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The API keys with these ids; an id of no row of the tenant is left out."""
    return await _by_id(reader, _keys(reader).where(ApiKey.id.in_(ids)))


@query("users.read")
async def oidc_issuers(
    reader: Reader, *, ordering: Ordering = ISSUERS_BY_NAME, request: PageRequest
) -> Listing:
    """A page of outside issuers. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _issuers(reader), ordering=ordering, request=request)


@query("users.read")
async def oidc_issuers_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The outside issuers with these ids; an id of no row of the tenant is left out."""
    return await _by_id(reader, _issuers(reader).where(OidcIssuer.id.in_(ids)))


async def _by_id(reader: Reader, statement: Select[Any]) -> dict[int, Row[Any]]:
    return {row.id: row for row in await reader.rows(statement)}


def _users(reader: Reader) -> Select[Any]:
    return select(*USER_COLUMNS).where(UserAccount.tenant_id == reader.tenant_id)


def _listed(reader: Reader, where: UserFilter) -> Select[Any]:
    statement = _users(reader)
    for name in ("username", "status", "party_id", "location_id"):
        wanted = getattr(where, name)
        if wanted is not None:
            statement = statement.where(getattr(UserAccount, name) == wanted)
    if where.role_id is not None:
        having = select(UserRole.user_id).where(
            UserRole.tenant_id == reader.tenant_id, UserRole.role_id == where.role_id
        )
        statement = statement.where(UserAccount.id.in_(having))
    return statement


def _roles(reader: Reader) -> Select[Any]:
    return select(*ROLE_COLUMNS).where(Role.tenant_id == reader.tenant_id)


def _keys(reader: Reader) -> Select[Any]:
    return select(*KEY_COLUMNS).where(ApiKey.tenant_id == reader.tenant_id)


def _issuers(reader: Reader) -> Select[Any]:
    return select(*ISSUER_COLUMNS).where(OidcIssuer.tenant_id == reader.tenant_id)
