"""Secrets lie sealed: they open for their tenant by a key that is still held, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.sealing import CannotOpen, Keyring

OLD, NEW = "old-" * 8, "new-" * 8
SECRET = "whsec_c2VjcmV0"


@given(plain=st.text(), tenant_id=st.integers(min_value=0, max_value=2**31 - 1))
def test_what_was_sealed_opens_as_it_was(plain: str, tenant_id: int) -> None:
    kept = Keyring([NEW]).seal(plain, tenant_id=tenant_id)
    assert Keyring([NEW]).opened(kept, tenant_id=tenant_id) == plain


def test_the_same_secret_never_looks_the_same() -> None:
    keys = Keyring([NEW])
    first, second = (keys.seal(SECRET, tenant_id=1) for _ in range(2))
    assert first != second
    assert SECRET not in first
    assert first.startswith(keys.prefix)


def test_another_tenant_opens_nothing() -> None:
    keys = Keyring([NEW])
    with pytest.raises(CannotOpen):
        keys.opened(keys.seal(SECRET, tenant_id=1), tenant_id=2)


@pytest.mark.parametrize("change", [lambda k: k[:-4] + "AAA=", lambda k: k + "!", lambda k: k[:20]])
def test_what_was_tampered_with_does_not_open(change: object) -> None:
    keys = Keyring([NEW])
    assert callable(change)
    with pytest.raises(CannotOpen):
        keys.opened(change(keys.seal(SECRET, tenant_id=1)), tenant_id=1)


def test_a_key_that_is_gone_opens_nothing_more() -> None:
    kept = Keyring([OLD]).seal(SECRET, tenant_id=1)
    assert Keyring([NEW, OLD]).opened(kept, tenant_id=1) == SECRET
    with pytest.raises(CannotOpen):
        Keyring([NEW]).opened(kept, tenant_id=1)


def test_secrets_are_sealed_anew_by_the_first_key() -> None:
    keys = Keyring([NEW, OLD])
    for kept in (SECRET, Keyring([OLD]).seal(SECRET, tenant_id=1)):
        anew = keys.resealed(kept, tenant_id=1)
        assert anew is not None
        assert anew.startswith(keys.prefix)
        assert Keyring([NEW]).opened(anew, tenant_id=1) == SECRET
        assert keys.resealed(anew, tenant_id=1) == anew
    assert keys.resealed(None, tenant_id=1) is None
    assert keys.resealed("", tenant_id=1) == ""


def test_there_is_no_keyring_without_a_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Keyring([])
