"""What the tests of compiled operations share."""

import pytest

from api.compiled import plans


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for plans, however many other tests of this process have."""
    monkeypatch.setattr(plans, "_taken", plans._Taken())
