"""Root and normal users, open and closed folders."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded import EngineError, start_engines
from app.embedded.binaries import find_binaries
from app.embedded.place import load_record

StartPython = Callable[..., subprocess.Popen[str]]

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

# The interpreter may be in a folder closed to others, so everything is imported beforehand.
AS_NOBODY = """
import encodings.idna, os, pwd, sys
from pathlib import Path
from app.embedded import start_engines
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
with start_engines(Path(sys.argv[1]), durable=False) as engines:
    print(engines.dead(), (Path(sys.argv[1]) / "engines/postgres").stat().st_uid, flush=True)
"""

WITH_CLOSED_BINARIES = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from app.embedded import place, start_engines
from app.embedded.binaries import find_binaries
place.SYSTEM_FOLDER = Path(sys.argv[2])
assert str(find_binaries().postgres).startswith(sys.argv[1])
for _ in range(2):
    with start_engines(Path(sys.argv[3]), durable=False) as engines:
        print(engines.dead(), flush=True)
"""


@pytest.fixture
def system_folder(homes: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stand-in for /var/lib/crossdock."""
    folder = homes("system")
    monkeypatch.setattr("app.embedded.place.SYSTEM_FOLDER", folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@only_root
def test_a_normal_user_and_root_may_take_turns_in_the_users_home(
    new_home: Path, python: StartPython
) -> None:
    nobody = pwd.getpwnam("nobody")
    new_home.mkdir()
    os.chown(new_home, nobody.pw_uid, nobody.pw_gid)
    output, _ = python(AS_NOBODY, new_home).communicate(timeout=30)
    assert output.split() == ["[]", str(nobody.pw_uid)]
    start_engines(new_home, durable=False).close()
    assert {path.stat().st_uid for path in new_home.rglob("*")} == {nobody.pw_uid}
    output, _ = python(AS_NOBODY, new_home).communicate(timeout=30)
    assert output.split() == ["[]", str(nobody.pw_uid)]


@only_root
def test_a_home_in_a_closed_folder_keeps_its_data_elsewhere(
    homes: Callable[[str], Path], system_folder: Path
) -> None:
    home = homes("closed") / "home"
    home.parent.mkdir(mode=0o700)
    for _ in range(2):
        with start_engines(home, durable=False) as engines:
            assert engines.dead() == []
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    assert load_record(home).data_folder == str(system_folder / load_record(home).id)
    _refuses_a_copy_of(home)
    _stays_elsewhere_when_the_folder_is_opened(home)


def _refuses_a_copy_of(home: Path) -> None:
    copy = home.with_name("copy")
    shutil.copytree(home, copy)
    with pytest.raises(EngineError, match="is a copy of"):
        start_engines(copy)


def _stays_elsewhere_when_the_folder_is_opened(home: Path) -> None:
    home.parent.chmod(0o755)
    with start_engines(home, durable=False) as engines:
        assert engines.dead() == []
    assert not (home / "engines").exists()


@only_root
def test_a_home_closed_after_its_first_start_keeps_its_data(
    homes: Callable[[str], Path], system_folder: Path
) -> None:
    home = homes("closed-later") / "home"
    start_engines(home, durable=False).close()
    password_before = load_record(home).owner_password
    home.parent.chmod(0o700)
    with start_engines(home, durable=False) as engines:
        assert password_before in engines.database_owner_url
        assert engines.dead() == []
    assert not (home / "engines/postgres").exists()


@only_root
def test_programs_in_a_closed_folder_are_run_from_a_private_copy(
    homes: Callable[[str], Path], new_home: Path, system_folder: Path, python: StartPython
) -> None:
    closed = homes("closed-environment")
    closed.mkdir(mode=0o700)
    installed = find_binaries()
    valkey_package = installed.valkey_server.parents[2]
    for package in (installed.postgres_package, installed.postgres_libraries, valkey_package):
        if package.exists():
            shutil.copytree(package, closed / package.name, copy_function=os.link)
    process = python(WITH_CLOSED_BINARIES, closed, system_folder, new_home)
    assert process.communicate(timeout=60)[0].split() == ["[]", "[]"]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@only_root
def test_a_home_that_belongs_to_someone_else_is_refused_clearly(
    home: Path, python: StartPython
) -> None:
    start_engines(home, durable=False).close()
    code = AS_NOBODY.replace("with start_engines", "sys.stderr = sys.stdout\nwith start_engines")
    output, _ = python(code, home).communicate(timeout=30)
    assert "cannot be written by this user" in output
