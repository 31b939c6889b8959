"""How a letter leaves the house: by SMTP, or into a folder where no mail server is set."""

import asyncio
import os
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20.0
PORTS = {"smtp": 587, "smtps": 465}


class Post(Protocol):
    """Takes letters."""

    async def send(self, message: EmailMessage, name: str) -> None:
        """Send the message; `name` is the same when it is sent again. Raises OSError and what
        the mail server says."""


@dataclass(frozen=True, slots=True)
class FolderPost:
    """Writes each letter to a file, for installations without a mail server and for tests."""

    folder: Path

    async def send(self, message: EmailMessage, name: str) -> None:
        """Write `name`.eml; the same letter again replaces it."""
        await asyncio.to_thread(self._write, message.as_bytes(), name)

    def _write(self, content: bytes, name: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Others never see half a letter.
        part = self.folder / f".{name}.{os.getpid()}"
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.replace(self.folder / f"{name}.eml")


@dataclass(frozen=True, slots=True)
class SmtpPost:
    """Sends by the mail server of an address such as smtp://user:password@mail.example:587.

    smtp:// turns to TLS where the server offers it, and must when a password is sent; smtps://
    begins with it."""

    url: str = field(repr=False)

    async def send(self, message: EmailMessage, name: str) -> None:
        """Hand the message to the server. Raises smtplib.SMTPException and OSError."""
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if parts.username:
                if not isinstance(server.sock, ssl.SSLSocket):
                    raise OSError("the mail server offers no TLS, so it gets no password")
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


def composed(
    *, sender: str, address: str, subject: str, body: str, name: str, at: datetime
) -> EmailMessage:
    """A plain message. Raises ValueError for a line break in a header."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, address, subject
    message["Date"] = at
    # The same letter again has the same id: mailboxes show it once.
    message["Message-ID"] = f"<{name}@{sender.rpartition('@')[2].strip('<> ')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message
