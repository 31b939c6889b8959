"""The TypeScript client of docs/client: it compiles, and does what it says against the server.

Its packages are installed once for each lock file, in the user's cache."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.ids import global_id
from app.demo.goods import GOODS
from app.demo.people import PASSWORD
from domain.kernel import json
from tests.factories.demo_stage import DemoStage, demo_stage
from tests.factories.live_api import listening

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs" / "client"
LOCK = SOURCE / "package-lock.json"
ELDEST_NODE = 20
# The first event of all: whoever begins after it misses nothing of the demo.
FIRST_EVENT = global_id("Event", 1)


def _node_is_missing() -> str | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "node and npm are not on the PATH"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().lstrip("v").split(".")[0]) < ELDEST_NODE:
        return f"node is {version.strip()}; the client needs {ELDEST_NODE} or newer"
    return None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _installed_packages() -> Path:
    """node_modules for the lock file, installed if they are not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crossdock"
    cache.mkdir(parents=True, exist_ok=True)
    names = ("package.json", "package-lock.json", ".npmrc")
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in names)).hexdigest()
    home = cache / f"client-example-{digest[:16]}"
    with _alone(cache / "client-example.lock"):
        if not (home / "installed").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            for name in names:
                shutil.copy(SOURCE / name, home)
            done = subprocess.run(["npm", "ci"], cwd=home, capture_output=True, text=True)
            if done.returncode:
                _unavailable(f"npm ci: {done.stderr[-400:]}")
            (home / "installed").touch()
    return home / "node_modules"


def _unavailable(reason: str) -> None:
    """Without a network the client cannot be tested, which only CI holds against us."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Example:
    """A copy of the client that is ready to run."""

    folder: Path

    def run(self, *command: str) -> None:
        """Run a step; the test fails with what it printed."""
        environment = {**os.environ, "CROSSDOCK_GRAPHQL": str(ROOT / "graphql")}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    async def tour(self, *arguments: str) -> list[dict[str, Any]]:
        """Take the tour; what each step told."""
        process = await asyncio.create_subprocess_exec(
            "node",
            "build/tour.js",
            *arguments,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return [json.load(line) for line in out.splitlines()]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The client, generated from the schema and documents and compiled."""
    if reason := _node_is_missing():
        pytest.skip(reason)
    packages = _installed_packages()
    folder = tmp_path_factory.mktemp("client") / "example"
    left_out = shutil.ignore_patterns("node_modules", "build", "generated")
    shutil.copytree(SOURCE, folder, ignore=left_out)
    (folder / "node_modules").symlink_to(packages)
    made = Example(folder)
    made.run("node", "generate.mjs")
    made.run("node", "node_modules/typescript/bin/tsc")
    return made


@pytest.fixture(scope="module")
async def stage(redis_url: str) -> AsyncIterator[DemoStage]:
    """The demo company."""
    async with demo_stage("crossdock_client_example", redis_url) as made:
        yield made


def test_the_lock_file_names_no_registry() -> None:
    locked = json.load(LOCK.read_bytes())["packages"]
    packages = [about for name, about in locked.items() if name]
    assert packages
    assert [about for about in packages if "resolved" in about] == []
    assert [about for about in packages if not about.get("integrity")] == []
    assert "omit-lockfile-registry-resolved=true" in (SOURCE / ".npmrc").read_text()


def test_the_compiler_is_strict(example: Example) -> None:
    assert json.load((SOURCE / "tsconfig.json").read_bytes())["compilerOptions"]["strict"] is True
    (example.folder / "src" / "mistaken.ts").write_text(
        'import { Crossdock } from "./client.js";\n'
        'import { OrderByIdDocument } from "./generated/graphql.js";\n'
        'export const wrong = new Crossdock("").query(OrderByIdDocument, { id: null });\n'
    )
    try:
        with pytest.raises(AssertionError, match=r"mistaken\.ts"):
            example.run("node", "node_modules/typescript/bin/tsc", "--noEmit")
    finally:
        (example.folder / "src" / "mistaken.ts").unlink()


async def test_the_tour_shows_what_the_client_does(example: Example, stage: DemoStage) -> None:
    async with listening(stage.api) as port:
        url = f"http://127.0.0.1:{port}/graphql"
        told = await example.tour(url, "demo", "customer", PASSWORD, FIRST_EVENT)
    steps = {step["step"]: step for step in told}
    assert [step["step"] for step in told] == ["signed in", "listed", "placed", "told", "refused"]
    assert steps["listed"]["skus"] == sorted(good.sku for good in GOODS)
    first, again = steps["placed"]["numbers"]
    assert (first, steps["placed"]["orders"]) == (again, 1)
    assert (steps["told"]["event"], steps["told"]["status"]) == ("order.placed", "ALLOCATED")
    assert (steps["refused"]["code"], steps["refused"]["unit"]) == ("UNIT_UNKNOWN", "BARREL")
    assert sorted(steps["refused"]["allowed"]) == ["CASE", "EA"]
