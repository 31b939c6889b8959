"""`crossdock up` as a person uses it: start, stop, kill, start again."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.embedded import start_engines
from tests.factories.installations import Installed
from tests.factories.running import free_port

ITEMS = '{"query": "{ items { totalCount } }"}'


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    home = tmp_path_factory.mktemp("up") / "home"
    yield Installed(home, free_port())
    # Joined and left at once: what a killed start left running stops with its last user.
    start_engines(home).close()


def _items(installed: Installed) -> int:
    token = installed.run("token", "--tenant", "demo", "--user", "admin").stdout.strip()
    answer = httpx.post(
        f"{installed.url}/graphql",
        content=ITEMS,
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
    )
    return int(answer.json()["data"]["items"]["totalCount"])


def _ingest(installed: Installed, path: Path) -> str:
    return installed.run(
        "ingest", "--tenant", "demo", "--channel", "edi", str(path)
    ).stdout.split()[0]


def test_it_starts_stops_and_survives_a_kill_of_everything(
    installed: Installed, tmp_path: Path
) -> None:
    with installed.up() as first:
        assert "Tenant demo" in first.said()
        assert _items(installed) == 6
        assert httpx.get(f"{installed.url}/readyz").json()["ready"] is True
        order = tmp_path / "order.edi"
        order.write_text(ORDER)
        assert _ingest(installed, order) == "accepted"
        # A second one on the same port is told so, and nothing of the first is disturbed.
        second = installed.run("up")
        assert (second.returncode, str(installed.port) in second.stderr) == (2, True)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    with installed.up():
        assert _items(installed) == 6
        assert _ingest(installed, order) == "duplicate"
        assert installed.run("check").returncode == 0


def test_two_installations_run_side_by_side(installed: Installed, tmp_path: Path) -> None:
    other = Installed(tmp_path / "other home", free_port())
    with installed.up(), other.up():
        assert (_items(installed), _items(other)) == (6, 6)
    assert not other.run("doctor").stderr


ORDER = """ISA*00*          *00*          *ZZ*NORTHWIND      *ZZ*HARBOR         *\
260302*0930*U*00401*000000001*0*P*>~
GS*PO*NORTHWIND*HARBOR*20260302*0930*1*X*004010~
ST*850*0001~
BEG*00*SA*PO-4711**20260302~
N1*BY*Northwind Stores*92*NORTHWIND~
PO1*1*5*EA*7.25**SK*TEA-BLACK~
CTT*1~
SE*6*0001~
GE*1*1~
IEA*1*000000001~
"""
