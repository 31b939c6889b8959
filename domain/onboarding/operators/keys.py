"""Keys of operators are made and revoked from the command line, by whoever owns the installation.
No permission is asked for: who has the machine has everything."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import NotFound
from domain.kernel.records import make_record
from domain.kernel.text import name as sound_name
from domain.kernel.work import Work
from tenancy.api_keys import hash_secret, new_secret
from tenancy.models import OperatorKey
from tenancy.operator_keys import write_key
from tenancy.principals import HOUSE


async def create_operator_key(work: Work, *, name: str, may_manage: bool) -> str:
    """A new key, told this once. Raises InvalidInput, CodeTaken."""
    assert work.tenant_id == HOUSE
    secret = new_secret()
    values = {
        "name": sound_name(name),
        "secret_hash": hash_secret(secret),
        "may_manage": may_manage,
    }
    key_id = await make_record(work, OperatorKey, values, kind="operator key", code="name")
    work.audit(
        "create_operator_key",
        subject="operator_key",
        subject_id=key_id,
        after={"name": name, "may_manage": may_manage},
    )
    return write_key(key_id, secret)


async def revoke_operator_key(work: Work, *, name: str) -> None:
    """Make a key void for good. Raises NotFound."""
    key_id = await work.value(
        update(OperatorKey)
        .where(OperatorKey.tenant_id == HOUSE, OperatorKey.name == name)
        .values(revoked_at=work.now)
        .returning(OperatorKey.id)
    )
    if key_id is None:
        raise NotFound("operator key")
    work.audit("revoke_operator_key", subject="operator_key", subject_id=key_id)


async def operator_keys(work: Work) -> Sequence[Row[Any]]:
    """All keys (name, may_manage, created_at, revoked_at), by name."""
    return await work.rows(
        select(
            OperatorKey.name, OperatorKey.may_manage, OperatorKey.created_at, OperatorKey.revoked_at
        )
        .where(OperatorKey.tenant_id == HOUSE)
        .order_by(OperatorKey.name)
    )
