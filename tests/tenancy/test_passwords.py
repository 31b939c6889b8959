"""Passwords: suitable, hashed with today's price, and verified."""

import pytest

from tenancy.passwords import PasswordUnsuitable, hash_password, needs_rehash, password_matches
from tests.factories.accounts import PASSWORD, hash_of


@pytest.mark.parametrize("password", ["", "nine char", "x" * 201, "\udcff" * 12])
async def test_an_unsuitable_password_is_not_hashed(password: str) -> None:
    with pytest.raises(PasswordUnsuitable):
        await hash_password(password)


async def test_the_same_password_never_has_the_same_hash() -> None:
    first, second = await hash_of(PASSWORD), await hash_password(PASSWORD)
    assert first != second
    assert await password_matches(second, PASSWORD)
    assert not needs_rehash(second)


@pytest.mark.parametrize("kept_hash", [None, "", "plain text", "$argon2id$v=19$broken"])
async def test_what_is_no_hash_matches_nothing(kept_hash: str | None) -> None:
    assert not await password_matches(kept_hash, PASSWORD)
    assert not await password_matches(kept_hash, kept_hash or "")
