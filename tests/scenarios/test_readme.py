"""The README's first order, copied and pasted as a new user would."""

import json
import re
import subprocess
import sys
from pathlib import Path

from app.embedded import start_engines
from tests.factories.installations import Installed
from tests.factories.running import free_port

README = Path(__file__).resolve().parents[2] / "README.md"


def _commands() -> str:
    """The shell blocks after `make up`, as one script."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), flags=re.DOTALL)
    return "\n".join(block for block in blocks if not block.startswith("make "))


def test_the_first_order_works_as_the_readme_says(tmp_path: Path) -> None:
    installed = Installed(tmp_path / "home", free_port())
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with installed.up():
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", _commands()],
            cwd=tmp_path,
            env=installed.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    start_engines(installed.home).close()
    assert done.returncode in (0, 1), done.stderr
    order = json.loads((tmp_path / "order.json").read_text())["data"]["placeOrder"]
    assert order["userErrors"] == []
    assert (order["order"]["status"], order["order"]["total"]["amount"]) == (
        "PARTIALLY_ALLOCATED",
        "5804.00",
    )
    assert '"milestone": "shipment_revenue"' in done.stdout
    assert re.search(r"accepted +order.edi +SO-2", done.stdout)
    assert re.search(r"duplicate +order.edi +SO-2", done.stdout)
    assert "0 violations." in done.stdout
