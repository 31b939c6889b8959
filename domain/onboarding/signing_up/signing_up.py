"""A company signs up and is verified. No permission is asked for: nobody has signed in yet.

Until then nothing of it is a tenant's: the sign-up lies in tenant 0, where no tenant looks."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.work import Work, unit_of_work
from domain.onboarding.access.provisioning import FirstUser, found_tenant
from domain.onboarding.letters.writing import new_nonce, write_letter
from domain.onboarding.models import SignUp
from domain.onboarding.signing_up.events import TenantFounded
from domain.onboarding.signing_up.outcomes import code_void
from domain.onboarding.signing_up.policy import VERIFIED_WITHIN, SoundSignUp, slugs_to_try
from tenancy.mailed_tokens import MailedTokens, PresentedToken
from tenancy.principals import HOUSE, system_principal

VERIFICATION = "verification"
# More names than anybody needs: each ending is one of sixteen million.
ENDINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """A tenant that has just come into being, and its first administrator."""

    tenant_id: int
    slug: str
    company: str
    user_id: int
    username: str


async def sign_up(work: Work, *, asked: SoundSignUp, password_hash: str) -> None:
    """Keep the sign-up and write its letter. `work` is tenant 0's."""
    assert work.tenant_id == HOUSE
    nonce = new_nonce()
    sign_up_id = await work.value(
        insert(SignUp)
        .values(
            tenant_id=HOUSE,
            email=asked.email,
            company=asked.company,
            wanted_slug=asked.wanted_slug,
            display_name=asked.display_name,
            password_hash=password_hash,
            nonce=nonce,
            created_at=work.now,
            expires_at=work.now + VERIFIED_WITHIN,
        )
        .returning(SignUp.id)
    )
    await write_letter(
        work,
        purpose=VERIFICATION,
        subject_id=sign_up_id,
        nonce=nonce,
        address=asked.email,
        details={"company": asked.company, "name": asked.display_name},
    )
    work.audit("sign_up", subject="sign_up", subject_id=sign_up_id)


async def verify_sign_up(
    engine: AsyncEngine, tokens: MailedTokens, presented: PresentedToken, *, now: datetime
) -> Founded:
    """Make the tenant of a sign-up whose letter arrived, once. Raises CodeVoid."""
    async with unit_of_work(engine, system_principal(HOUSE, name="sign-up"), now=now) as work:
        row = await work.row(
            select(*SignUp.__table__.c)
            .where(SignUp.tenant_id == HOUSE, SignUp.id == presented.subject_id)
            .with_for_update()
        )
        proven = tokens.proves(VERIFICATION, presented, None if row is None else row.nonce)
        if row is None or not proven or presented.tenant_id != HOUSE:
            raise code_void()
        if row.verified_at is not None or row.expires_at <= now or row.password_hash is None:
            raise code_void()
        await work.execute(
            update(SignUp)
            .where(SignUp.tenant_id == HOUSE, SignUp.id == row.id)
            .values(verified_at=now, password_hash=None)
        )
        work.audit("verify_sign_up", subject="sign_up", subject_id=row.id)
        await work.flush()
        return await _found(work, row.wanted_slug, row.company, _first_user(row))


def _first_user(row: Row[Any]) -> FirstUser:
    return FirstUser(
        username=row.email,
        display_name=row.display_name,
        email=row.email,
        password_hash=row.password_hash,
    )


async def _found(outer: Work, wanted: str, company: str, first: FirstUser) -> Founded:
    endings = tuple(secrets.token_hex(3) for _ in range(ENDINGS))
    async with found_tenant(outer, slugs_to_try(wanted, endings), company, first) as made:
        work, tenant = made
        work.record(TenantFounded(aggregate_id=tenant.id, slug=tenant.slug))
        await write_letter(
            work,
            purpose="welcome",
            subject_id=tenant.administrator_id,
            address=first.email or "",
            details={
                "company": company,
                "name": first.display_name,
                "slug": tenant.slug,
                "username": tenant.username,
            },
        )
    return Founded(
        tenant_id=tenant.id,
        slug=tenant.slug,
        company=company,
        user_id=tenant.administrator_id,
        username=tenant.username,
    )


async def purge_sign_ups(work: Work, *, kept: datetime, limit: int = 1_000) -> int:
    """Throw away at most `limit` sign-ups that expired unverified, and those verified before
    `kept`; returns how many."""
    over = or_(
        (SignUp.verified_at.is_(None)) & (SignUp.expires_at <= work.now), SignUp.verified_at < kept
    )
    old = select(SignUp.id).where(SignUp.tenant_id == HOUSE, over).limit(limit)
    return await work.execute(delete(SignUp).where(SignUp.tenant_id == HOUSE, SignUp.id.in_(old)))
