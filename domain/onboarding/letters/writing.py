"""A letter is noted, to be sent once the work is committed."""

import secrets
from collections.abc import Mapping

from sqlalchemy import insert

from domain.kernel.work import Work
from domain.onboarding.models import Letter


def new_nonce() -> str:
    """What makes the token of one subject differ from all others."""
    return secrets.token_urlsafe(24)


async def write_letter(
    work: Work,
    *,
    purpose: str,
    subject_id: int,
    address: str,
    nonce: str | None = None,
    details: Mapping[str, str],
) -> None:
    """Note a letter to `address`; `details` are words of the letter, `nonce` its token's."""
    await work.execute(
        insert(Letter).values(
            tenant_id=work.tenant_id,
            purpose=purpose,
            subject_id=subject_id,
            nonce=nonce,
            address=address,
            details=dict(details),
            created_at=work.now,
            due_at=work.now,
        )
    )
