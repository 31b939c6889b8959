"""Which worker runs what: files that share costly fixtures stay together, the longest go first.

`seconds.json` says how long the files take that take long. CROSSDOCK_WRITE_SECONDS=1 writes it
anew at the end of a whole run; a file that is not in it counts as short."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

SECONDS = Path(__file__).with_name("seconds.json")
WORTH_NOTING = 2.0
# Folders whose files share fixtures of the session.
TOGETHER = ("tests/api/hostile/", "tests/app/embedded/")


def unit_of(node_id: str) -> str:
    """The file of a test, or the folder whose files stay together."""
    path = node_id.split("::", 1)[0]
    return next((folder for folder in TOGETHER if path.startswith(folder)), path)


class ByFile(LoadScopeScheduling):
    """Gives whole files (or folders) to the workers, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


class LongestFirst:
    """Sorts what was collected, and measures how long it took."""

    def __init__(self) -> None:
        self._known: dict[str, float] = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
        self._taken: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Each worker sorts alike."""
        items.sort(key=lambda item: -self._known.get(unit_of(item.nodeid), 0.0))

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> ByFile:
        """For `--dist loadfile`."""
        config.option.loadscopereorder = False
        return ByFile(config, log)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up a test, or the making or unmaking of its fixtures."""
        self._taken[unit_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write down what was measured, if asked for."""
        if hasattr(session.config, "workerinput") or not os.environ.get("CROSSDOCK_WRITE_SECONDS"):
            return
        noted = {u: round(s, 1) for u, s in self._taken.most_common() if s >= WORTH_NOTING}
        SECONDS.write_text(json.dumps(noted, indent=1) + "\n")
