"""Telling processes apart."""

import os
import subprocess
from pathlib import Path

import pytest

from app.embedded import liveness
from app.embedded.liveness import identify, is_alive, working_in
from app.embedded.waiting import wait_until


@pytest.mark.parametrize("has_proc", [True, False])
def test_a_process_is_alive_until_it_ends_even_as_a_zombie(
    has_proc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "HAS_PROC", has_proc and liveness.HAS_PROC)
    with subprocess.Popen(["sleep", "60"]) as process:
        identity = identify(process.pid)
        assert identity is not None
        assert is_alive(identity)
        os.kill(process.pid, 9)  # Not waited for, so it stays a zombie.
        assert wait_until(lambda: not is_alive(identity), seconds=5)


def test_a_process_is_found_by_the_folder_that_it_works_in(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    with subprocess.Popen(["sleep", "60"], cwd=folder) as process:
        assert wait_until(lambda: bool(working_in(folder, "sleep")), seconds=5)
        assert [found.pid for found in working_in(folder, "sleep")] == [process.pid]
        assert working_in(folder, "cat") == []
        assert working_in(tmp_path, "sleep") == []
        process.kill()
