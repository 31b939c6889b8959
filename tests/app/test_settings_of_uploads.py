"""How large a request with files may be."""

import pytest

from app.settings import SettingError, Settings


@pytest.mark.parametrize(("text", "megabytes"), [(None, 20), ("3", 3), ("500", 500)])
def test_it_is_said_in_megabytes(text: str | None, megabytes: int) -> None:
    settings = Settings.from_environment({"CROSSDOCK_UPLOAD_MEGABYTES": text} if text else {})
    assert settings.door.largest_upload == megabytes * 1024 * 1024


@pytest.mark.parametrize("text", ["2", "501", "-1", "20MB", "²"])
def test_another_value_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(SettingError, match="a whole number from 3 to 500"):
        Settings.from_environment({"CROSSDOCK_UPLOAD_MEGABYTES": text})
