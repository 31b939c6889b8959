"""Keys of those who run the installation: `cdo_<key id>_<secret>`. They lie in tenant 0, so the
database shows their bearers no tenant's row."""

import re
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.api_keys import secret_matches
from tenancy.failures import AuthenticationFailed
from tenancy.models import OperatorKey
from tenancy.principals import HOUSE, Principal, PrincipalKind, system_principal
from tenancy.tokens import LARGEST_ID
from tenancy.transaction import scoped_transaction

PREFIX = "cdo_"
READ, MANAGE = "operator.read", "operator.manage"
_FORM = re.compile(r"cdo_([1-9][0-9]{0,18})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """An operator's key as its row stands."""

    id: int
    name: str
    secret_hash: str = field(repr=False)
    may_manage: bool
    is_revoked: bool


def write_key(key_id: int, secret: str) -> str:
    """The key as its owner is shown it, once."""
    return f"{PREFIX}{key_id}_{secret}"


def read_key(text: str) -> tuple[int, str]:
    """Id and secret of a presented key. Raises AuthenticationFailed when it is malformed."""
    match = _FORM.fullmatch(text)
    if match is None or int(match[1]) > LARGEST_ID:
        raise AuthenticationFailed("operator_key_malformed")
    return int(match[1]), match[2]


async def kept_key(engine: AsyncEngine, key_id: int) -> KeptKey | None:
    """What is kept of a key, or None when there is none."""
    scope = system_principal(HOUSE)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        found = await connection.execute(
            select(OperatorKey.__table__).where(
                OperatorKey.tenant_id == HOUSE, OperatorKey.id == key_id
            )
        )
        row = found.first()
    if row is None:
        return None
    return KeptKey(
        id=row.id,
        name=row.name,
        secret_hash=row.secret_hash,
        may_manage=row.may_manage,
        is_revoked=row.revoked_at is not None,
    )


def admitted(kept: KeptKey | None, secret: str) -> Principal:
    """The operator. Raises AuthenticationFailed, after the same work for every cause."""
    if not secret_matches("" if kept is None else kept.secret_hash, secret):
        raise AuthenticationFailed("operator_key_wrong")
    assert kept is not None
    if kept.is_revoked:
        raise AuthenticationFailed("operator_key_revoked")
    permissions = {READ, MANAGE} if kept.may_manage else {READ}
    return Principal(
        tenant_id=HOUSE,
        kind=PrincipalKind.OPERATOR,
        id=kept.id,
        name=kept.name,
        permissions=frozenset(permissions),
    )
