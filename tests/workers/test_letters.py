"""Letters leave the house once, are tried again when the server says no, and hold no secret that
the database knows."""

import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import InvalidInput
from domain.kernel.reading import reading
from domain.onboarding.letters.policy import (
    ATTEMPTS,
    LONGEST_RETRY,
    PURPOSES,
    retry_after,
    sound_address,
    worded,
)
from domain.onboarding.models import Letter
from tenancy.principals import HOUSE, system_principal
from tests.factories.mail import letters_in
from tests.factories.sign_ups import TOKENS, ask_to_sign_up, code_to, letters_to, new_mailbox
from tests.factories.smtp_server import mail_server
from workers.clock import utc_now
from workers.letters import LetterSending, LetterSettings
from workers.post import FolderPost, Post, SmtpPost, composed


def _sending(engine: AsyncEngine, post: Post, **more: Any) -> LetterSending:
    settings = LetterSettings(
        post=post, tokens=TOKENS, sender="Crossdock <hello@crossdock.example>", **more
    )
    return LetterSending(engine, settings)


async def test_a_letter_is_handed_to_the_mail_server_once(engine: AsyncEngine) -> None:
    mailbox = new_mailbox()
    await ask_to_sign_up(engine, email=mailbox, now=utc_now(), company="Zoë's Tëas")
    async with mail_server() as server:
        sending = _sending(engine, SmtpPost(server.url), page="https://app.example/codes")
        while await sending.step():
            pass
        assert server.recipients.count(mailbox) == 1
        (letter,) = [each for each in server.letters if each["To"] == mailbox]
    code = await code_to(engine, mailbox)
    body = letter.get_content().replace("\r\n", "\n")
    assert letter["Subject"] == "Confirm your address for Zoë's Tëas"
    assert letter["From"] == "Crossdock <hello@crossdock.example>"
    assert f"    {code}\n" in body
    assert f"https://app.example/codes?purpose=verification&code={code}" in body
    (row,) = await letters_to(engine, mailbox)
    assert (row.status, row.attempts, row.sent_at is not None) == ("sent", 1, True)


async def test_what_the_server_refuses_is_due_again_later(engine: AsyncEngine) -> None:
    mailbox, before = new_mailbox(), utc_now()
    await ask_to_sign_up(engine, email=mailbox, now=before)
    async with mail_server() as server:
        server.refusal = "450 come again"
        await _sending(engine, SmtpPost(server.url)).step()
    (row,) = await letters_to(engine, mailbox)
    assert (row.status, row.attempts) == ("waiting", 1)
    assert "SMTPRecipientsRefused" in row.last_error
    assert row.due_at > before + timedelta(seconds=29)


async def test_a_server_that_is_away_loses_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    mailbox = new_mailbox()
    await ask_to_sign_up(engine, email=mailbox, now=utc_now() - timedelta(days=1))
    async with mail_server() as server:
        address = server.url
    await _sending(engine, SmtpPost(address)).step()
    (row,) = await letters_to(engine, mailbox)
    assert (row.status, "ConnectionRefusedError" in row.last_error) == ("waiting", True)


async def test_without_a_server_letters_lie_in_a_folder_for_the_owner_alone(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    mailbox = new_mailbox()
    await ask_to_sign_up(engine, email=mailbox, now=utc_now())
    folder = tmp_path / "mail"
    while await _sending(engine, FolderPost(folder)).step():
        pass
    (letter,) = [each for each in letters_in(folder) if each["To"] == mailbox]
    assert await code_to(engine, mailbox) in letter.get_content()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_the_database_holds_no_code(engine: AsyncEngine) -> None:
    mailbox = new_mailbox()
    await ask_to_sign_up(engine, email=mailbox, now=utc_now())
    code = await code_to(engine, mailbox)
    async with reading(engine, system_principal(HOUSE)) as reader:
        rows = await reader.rows(select(*Letter.__table__.c).where(Letter.address == mailbox))
    assert code.rpartition("_")[2] not in str(rows)


def test_a_password_is_sent_to_no_server_without_tls() -> None:
    post = SmtpPost("smtp://user:secret@127.0.0.1:1")
    assert "secret" not in repr(post)


async def test_a_server_without_tls_gets_no_password() -> None:
    async with mail_server() as server:
        post = SmtpPost(server.url.replace("://", "://user:secret@"))
        message = composed(
            sender="a@b.example",
            address="c@d.example",
            subject="S",
            body="B",
            name="letter-1",
            at=datetime.fromisoformat("2026-03-02T09:30:00+00:00"),
        )
        with pytest.raises(OSError, match="no TLS"):
            await post.send(message, "letter-1")
        assert server.letters == []


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_letter_can_be_worded_and_no_value_is_read_as_a_template(purpose: str) -> None:
    names = ("company", "slug", "name", "username", "inviter", "asker", "days", "day")
    details = {name: f"{{{name}}}\r\nBcc: x" for name in names}
    letter = worded(purpose, details, token="cdl_0_1_x", page=None)
    assert "\n" not in letter.subject
    assert "{company}" in letter.subject + letter.body


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b", "a@b.example\nBcc: c@d.example", "a b@c.example", "<a@b.example>", "a@b..c"],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        sound_address(address)


def test_a_letter_is_given_up_after_hours() -> None:
    waits = [retry_after(attempt) for attempt in range(1, ATTEMPTS + 1)]
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] is None
    assert max(wait for wait in waits if wait is not None) == LONGEST_RETRY
