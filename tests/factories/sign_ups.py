"""Companies that sign up in tests, and the letters they get."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.reading import reading
from domain.kernel.work import unit_of_work
from domain.onboarding.access.credentials import hashed
from domain.onboarding.models import Letter
from domain.onboarding.signing_up.policy import sound_sign_up
from domain.onboarding.signing_up.signing_up import Founded, sign_up, verify_sign_up
from tenancy.mailed_tokens import MailedTokens, read_token
from tenancy.principals import HOUSE, system_principal

SECRET, PASSWORD = "s" * 48, "a long enough passphrase"
TOKENS = MailedTokens(SECRET)
_serial = itertools.count(1)


def new_mailbox() -> str:
    """An address that nobody had before."""
    return f"ada{next(_serial)}@example.com"


async def ask_to_sign_up(
    engine: AsyncEngine, *, email: str, now: datetime, company: str = "Ada's Teas", **more: Any
) -> None:
    """Sign a company up."""
    asked = sound_sign_up(email=email, company=company, display_name="Ada", slug=more.get("slug"))
    async with unit_of_work(engine, system_principal(HOUSE), now=now) as work:
        await sign_up(work, asked=asked, password_hash=await hashed(PASSWORD))


async def letters_to(engine: AsyncEngine, address: str, *, tenant_id: int = HOUSE) -> Sequence[Any]:
    """The letters that were written to an address, in order."""
    async with reading(engine, system_principal(tenant_id)) as reader:
        return await reader.rows(
            select(*Letter.__table__.c)
            .where(Letter.tenant_id == tenant_id, Letter.address == address)
            .order_by(Letter.id)
        )


async def code_to(engine: AsyncEngine, address: str, *, tenant_id: int = HOUSE) -> str:
    """The code in the last letter to an address."""
    letter = (await letters_to(engine, address, tenant_id=tenant_id))[-1]
    return TOKENS.write(letter.purpose, tenant_id, letter.subject_id, letter.nonce)


async def founded(engine: AsyncEngine, *, now: datetime, **more: Any) -> Founded:
    """A tenant that signed up and proved its address."""
    email = new_mailbox()
    await ask_to_sign_up(engine, email=email, now=now, **more)
    code = read_token(await code_to(engine, email))
    return await verify_sign_up(engine, TOKENS, code, now=now)
