"""The accounting samples beside the checkout."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def sample(name: str) -> Any:
    """The content of `accounting/<name>.json` of the samples; the test is skipped without them."""
    return json.loads(_text("accounting", f"{name}.json"))


def plain_journal(name: str) -> str:
    """The text of a file of `accounting-ledger` of the samples; skipped without them."""
    return _text("accounting-ledger", name)


def _text(folder: str, name: str) -> str:
    stated = os.environ.get("CROSSDOCK_SAMPLES")
    places = [Path(stated)] if stated else []
    places += [above / "shared" / "samples" for above in Path(__file__).resolve().parents]
    for place in places:
        found = place / folder / name
        if found.is_file():
            return found.read_text(encoding="utf-8")
    return pytest.skip("no shared/samples beside this checkout")
