"""What the letters say, which addresses are sound, and when a letter is tried again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.kernel.errors import InvalidInput

LONGEST_ADDRESS = 254
ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
# One mailbox, plainly written: what a mail server could read as two is nobody's address.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Worded:
    """A letter as it is sent."""

    subject: str
    body: str


_GREETING = "Hello {name},\n\n"
_WORDS = {
    "verification": (
        "Confirm your address for {company}",
        "somebody, hopefully you, signed {company} up for Crossdock with this address.\n"
        "To confirm it, give this code to verifyAdmin within 24 hours:\n\n    {token}\n{link}\n"
        "It works once. If it was not you, do nothing: what was begun is thrown away.",
    ),
    "welcome": (
        "{company} is ready",
        "{company} is set up. You sign in with:\n\n"
        "    tenant    {slug}\n    username  {username}\n\n"
        "and the password that you chose.",
    ),
    "invitation": (
        "{inviter} invites you to {company}",
        "{inviter} made you a user of {company} (tenant {slug}, username {username}).\n"
        "To choose your password, give this code to acceptInvitation within 7 days:\n\n"
        "    {token}\n{link}\nIt works once.",
    ),
    "deletion": (
        "Confirm that {company} is to be deleted",
        "{asker} asked to delete {company} (tenant {slug}) with everything it has.\n"
        "To confirm, give this code to confirmTenantDeletion within 24 hours:\n\n"
        "    {token}\n{link}\n"
        "Nothing is taken away before {days} days have passed after that, and it can be stopped "
        "until\nthen with withdrawTenantDeletion. Export what you have to keep: the law may oblige "
        "you to\nkeep your books for years, and we will not have them any more.",
    ),
    "deletion_confirmed": (
        "{company} will be deleted on {day}",
        "it was confirmed that {company} (tenant {slug}) is to be deleted with everything it has.\n"
        "That begins on {day}. Until then it can be stopped with withdrawTenantDeletion.",
    ),
}
PURPOSES = tuple(_WORDS)


def worded(purpose: str, details: Mapping[str, str], *, token: str, page: str | None) -> Worded:
    """The letter; `page` is the address of a page that takes the code, if there is one."""
    subject, body = _WORDS[purpose]
    link = f"\nor open {page}?purpose={purpose}&code={token}\n" if page and token else ""
    known = {"name": "", **details, "token": token, "link": link}
    text = (_GREETING + body + "\n").format(**known)
    return Worded(_one_line(subject.format(**known)), text.replace("Hello ,", "Hello,"))


def sound_address(given: str, *, path: tuple[str, ...] = ("email",)) -> str:
    """The address as letters go to it. Raises InvalidInput."""
    address = given.strip()
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise InvalidInput("Must be an e-mail address such as ada@example.com.", path=path)
    return address


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after the n-th attempt that failed; None: it was the last."""
    if attempts >= ATTEMPTS:
        return None
    factor: int = 4 ** max(attempts - 1, 0)
    return min(FIRST_RETRY * factor, LONGEST_RETRY)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
