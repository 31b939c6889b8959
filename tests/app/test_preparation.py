"""The first start migrates and seeds; a later one finds it done."""

from alembic.script import ScriptDirectory

from app.revision import MIGRATIONS, newest_revision


def test_the_newest_revision_is_alembics_head() -> None:
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
