"""Secrets that have to be read again lie sealed in the database: AES-GCM, with keys that the
installation holds and the database does not."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# "sealed:1:<name of the key>:<base64 of nonce and what is sealed>".
SEALED = "sealed:1:"
KEY_BYTES, NONCE_BYTES, NAME_CHARACTERS = 32, 12, 8


class CannotOpen(Exception):
    """What was sealed cannot be opened: its key is not among ours, or it was tampered with."""


class Keyring:
    """The keys of an installation: the first seals, each of them opens what it sealed."""

    def __init__(self, texts: Sequence[str]) -> None:
        """From keys as they are written in settings; at least one."""
        if not texts:
            raise ValueError("a keyring needs a key")
        made = [_derived(text) for text in texts]
        self._current = _name_of(made[0])
        self._ciphers = {_name_of(key): AESGCM(key) for key in made}

    @classmethod
    def random(cls) -> Self:
        """A key that nobody else has."""
        return cls([secrets.token_urlsafe(KEY_BYTES)])

    def seal(self, plain: str, *, tenant_id: int) -> str:
        """The secret as it is kept. It opens for the same tenant only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = self._ciphers[self._current]
        sealed = nonce + cipher.encrypt(nonce, plain.encode(), _bound_to(tenant_id))
        return f"{self.prefix}{base64.b64encode(sealed).decode()}"

    def opened(self, kept: str, *, tenant_id: int) -> str:
        """The secret that is kept so; one from before secrets were sealed is itself. Raises
        CannotOpen."""
        if not kept.startswith(SEALED):
            return kept
        name, _, text = kept.removeprefix(SEALED).partition(":")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CannotOpen(f"No key named {name} is among this installation's.")
        try:
            sealed = base64.b64decode(text, validate=True)
            plain = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound_to(tenant_id))
        except (InvalidTag, ValueError, binascii.Error):
            raise CannotOpen("What was sealed is damaged.") from None
        return plain.decode()

    def resealed(self, kept: str | None, *, tenant_id: int) -> str | None:
        """The same secret, sealed by the first key; as it is where it is so already, or nothing
        is kept. Raises CannotOpen."""
        if not kept or kept.startswith(self.prefix):
            return kept
        return self.seal(self.opened(kept, tenant_id=tenant_id), tenant_id=tenant_id)

    @property
    def prefix(self) -> str:
        """How everything begins that the first key sealed."""
        return f"{SEALED}{self._current}:"


def _derived(text: str) -> bytes:
    derivation = HKDF(
        algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"crossdock sealing"
    )
    return derivation.derive(text.encode())


def _name_of(key: bytes) -> str:
    return hashlib.sha256(b"name of key" + key).hexdigest()[:NAME_CHARACTERS]


def _bound_to(tenant_id: int) -> bytes:
    # Copied into another tenant's row it is of no use.
    return b"tenant %d" % tenant_id
