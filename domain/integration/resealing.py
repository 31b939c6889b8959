"""Kept secrets are sealed anew: those from before there were keys, and those of an old key."""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute

from domain.channels.models import Channel
from domain.integration.models import WebhookSubscription
from domain.kernel.sealing import CannotOpen, Keyring
from domain.kernel.work import Work

log = logging.getLogger(__name__)

_Secrets = Sequence[InstrumentedAttribute[Any]]
KEPT: Sequence[tuple[Any, _Secrets]] = (
    (Channel, (Channel.signing_secret,)),
    (WebhookSubscription, (WebhookSubscription.secret, WebhookSubscription.previous_secret)),
)


async def reseal_secrets(work: Work, *, keys: Keyring) -> int:
    """Seal the tenant's secrets by the first key where they are not; returns of how many rows.

    What no key of ours opens stays as it is: its owner has to set a new secret."""
    return sum([await _reseal(work, keys, model, secrets) for model, secrets in KEPT])


async def _reseal(work: Work, keys: Keyring, model: Any, secrets: _Secrets) -> int:
    rows = await work.rows(
        select(model.id, *secrets)
        .where(model.tenant_id == work.tenant_id)
        .where(or_(*(_is_not_by(keys, secret) for secret in secrets)))
        .order_by(model.id)
        .with_for_update(key_share=True)
    )
    changes = []
    for row in rows:
        try:
            changes.append({"of": row.id, **_resealed(work, keys, row, secrets)})
        except CannotOpen as reason:
            log.error("A secret of %s %d cannot be opened: %s", model.__tablename__, row.id, reason)
    if changes:
        await work.execute(
            update(model.__table__)
            .where(model.tenant_id == work.tenant_id, model.id == bindparam("of"))
            .values({s.key: bindparam(f"new_{s.key}") for s in secrets}),
            changes,
        )
    return len(changes)


def _resealed(work: Work, keys: Keyring, row: Row[Any], secrets: _Secrets) -> dict[str, Any]:
    return {
        f"new_{s.key}": keys.resealed(row._mapping[s.key], tenant_id=work.tenant_id)
        for s in secrets
    }


def _is_not_by(keys: Keyring, secret: Any) -> Any:
    # A deleted subscription has an empty one.
    return (secret != "") & ~secret.op("^@", is_comparison=True)(keys.prefix)
