"""The letters that an installation without a mail server leaves in its folder."""

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from tests.factories.conditions import until


def letters_in(folder: Path) -> list[EmailMessage]:
    """All letters, in the order in which they were written."""
    found = []
    for path in folder.glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append((int(path.stem.rpartition("-")[2]), message))
    return [message for _, message in sorted(found, key=lambda each: each[0])]


async def letter_to(folder: Path, address: str, subject: str) -> EmailMessage:
    """The latest letter to an address whose subject has these words, as soon as it is there."""
    found: list[EmailMessage] = []

    async def has_come() -> bool:
        found[:] = [
            each
            for each in letters_in(folder)
            if each["To"] == address and subject in each["Subject"]
        ]
        return bool(found)

    await until(has_come)
    return found[-1]


async def code_for(folder: Path, address: str, subject: str) -> str:
    """The code in that letter."""
    letter = await letter_to(folder, address, subject)
    codes = re.findall(r"cdl_\S+", letter.get_content())
    assert len(codes) == 1, letter.get_content()
    return str(codes[0])
