"""Letters are sent: each at least once, and again later when the mail server says no."""

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.activity import Activity, doing
from domain.kernel.reading import reading
from domain.kernel.work import unit_of_work
from domain.onboarding.letters.policy import worded
from domain.onboarding.letters.sending import claim_letters, note_failed, note_sent
from tenancy.mailed_tokens import MailedTokens
from tenancy.principals import system_principal
from workers.clock import utc_now
from workers.post import Post, composed

log = logging.getLogger(__name__)

AT_ONCE = 20
LEASE = timedelta(minutes=5)
WRITER = "letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSettings:
    """Who sends letters, how, and with what they prove to come from us.

    `page`: the address of a page of yours that takes codes, or None."""

    post: Post
    tokens: MailedTokens = field(repr=False)
    sender: str = "crossdock@localhost.localdomain"
    page: str | None = None


class LetterSending:
    """The sender of one process."""

    def __init__(self, engine: AsyncEngine, settings: LetterSettings) -> None:
        self._engine = engine
        self._settings = settings

    async def step(self) -> bool:
        """Send what is due; returns whether there was anything."""
        sent = 0
        for tenant_id in await self._due_tenants():
            principal = system_principal(tenant_id, name=WRITER)
            async with unit_of_work(self._engine, principal, now=utc_now()) as work:
                letters = await claim_letters(work, limit=AT_ONCE, lease=LEASE)
            for letter in letters:
                await self._send(letter)
            sent += len(letters)
        return sent > 0

    async def _due_tenants(self) -> Sequence[int]:
        async with reading(self._engine, system_principal(0, name=WRITER)) as reader:
            return await reader.values(
                text("SELECT tenant FROM tenants_with_due_letters(:now) AS tenant"),
                {"now": utc_now()},
            )

    async def _send(self, letter: Row[Any]) -> None:
        error: str | None = None
        with doing(Activity("letter", letter.purpose, tenant_id=letter.tenant_id)) as activity:
            try:
                await self._hand_over(letter)
            except (OSError, smtplib.SMTPException, ValueError) as problem:
                activity.outcome = "failed"
                error = f"{type(problem).__name__}: {problem}"
                # What the server said may name the reader: the row keeps it, the log does not.
                kind = type(problem).__name__
                log.warning("Letter %s of tenant %s: %s", letter.id, letter.tenant_id, kind)
        principal = system_principal(letter.tenant_id, name=WRITER)
        async with unit_of_work(self._engine, principal, now=utc_now()) as work:
            if error is None:
                await note_sent(work, letter_id=letter.id)
            else:
                await note_failed(work, letter=letter, error=error)

    async def _hand_over(self, letter: Row[Any]) -> None:
        settings = self._settings
        token = ""
        if letter.nonce is not None:
            token = settings.tokens.write(
                letter.purpose, letter.tenant_id, letter.subject_id, letter.nonce
            )
        words = worded(letter.purpose, letter.details, token=token, page=settings.page)
        name = f"letter-{letter.tenant_id}-{letter.id}"
        message = composed(
            sender=settings.sender,
            address=letter.address,
            subject=words.subject,
            body=words.body,
            name=name,
            at=utc_now(),
        )
        await settings.post.send(message, name)
