"""A mail server for tests: it takes letters over SMTP, or refuses them as told."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass(slots=True)
class MailServer:
    """What came in. With `refusal` every letter is answered with it."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusal: str | None = None

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"smtp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        writer.write(b"220 tests\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            writer.write(await self._answer(verb, line, reader, writer))
        await writer.drain()
        writer.close()

    async def _answer(
        self,
        verb: bytes,
        line: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bytes:
        if verb == b"RCPT":
            if self.refusal is not None:
                return f"{self.refusal}\r\n".encode()
            self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            content = await reader.readuntil(b"\r\n.\r\n")
            message = email.message_from_bytes(content[:-5], policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.letters.append(message)
        return b"250 ok\r\n"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """A server on a port of its own."""
    made = MailServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
