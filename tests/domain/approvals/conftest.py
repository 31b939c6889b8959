"""A subject that is there for one test."""

from collections.abc import Iterator

import pytest

from tests.factories.approvals import Happenings, declared_subject


@pytest.fixture
def happenings() -> Iterator[Happenings]:
    """The test's subject, and what was asked of it."""
    with declared_subject() as seen:
        yield seen
