"""Passwords: kept as argon2id, verified with the same work whether the user exists or not."""

import asyncio
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

# About 40 ms and 32 MiB each: above the minimum that OWASP names for argon2id.
_HASHER = PasswordHasher(time_cost=2, memory_cost=32_768, parallelism=1, type=Type.ID)
# Few threads: sign-ins queue here rather than take all memory and every core.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_NOBODY = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    f"${b64encode(bytes(_HASHER.salt_len)).decode().rstrip('=')}"
    f"${b64encode(bytes(_HASHER.hash_len)).decode().rstrip('=')}"
)

Result = TypeVar("Result")


class PasswordUnsuitable(ValueError):
    """A password that cannot be set; the message says why."""


def check_suitable(password: str) -> None:
    """Raise PasswordUnsuitable unless `password` may be set."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordUnsuitable(f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise PasswordUnsuitable(f"A password has at most {LONGEST_PASSWORD} characters.")
    if _bytes_of(password) is None:
        raise PasswordUnsuitable("The password is not valid Unicode text.")


async def hash_password(password: str) -> str:
    """The argon2id hash to keep. Raises PasswordUnsuitable."""
    check_suitable(password)
    return await _in_thread(lambda: _HASHER.hash(_bytes_of(password) or b""))


async def password_matches(kept_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed. Without a hash it is never,
    after the same work."""
    given = _bytes_of(password) if len(password) <= LONGEST_PASSWORD else None
    matches = await _in_thread(lambda: _verify(kept_hash or _NOBODY, given or b""))
    return matches and kept_hash is not None and given is not None


def needs_rehash(kept_hash: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(kept_hash)


def _verify(kept_hash: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(kept_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _bytes_of(password: str) -> bytes | None:
    # The same password typed on two systems may come composed or decomposed.
    try:
        return unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None


async def _in_thread(work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
