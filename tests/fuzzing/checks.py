"""What schemathesis looks for in our answers, and what it makes of our scalars (its hooks).

Counts what was answered into the file that CROSSDOCK_FUZZ_COUNTS names."""

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis

from tests.fuzzing.aiming import aimed
from tests.fuzzing.scalars import SCALARS

SLOWEST_SECONDS = 2.0
OUTCOMES: Counter[str] = Counter()

for _name, _strategy in SCALARS.items():
    schemathesis.graphql.scalar(_name, _strategy)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Half of the ids and codes are such as are there."""
    case.body = aimed(case.body)


@schemathesis.check
def no_error_of_ours(ctx: Any, response: Any, case: Any) -> None:
    """An answer has a status below 500, a stable code at every error, and none of them INTERNAL."""
    assert response.status_code < 500, f"HTTP {response.status_code}"
    body = response.json()
    codes = sorted({str(error["extensions"]["code"]) for error in body.get("errors", [])})
    OUTCOMES.update(["cases", *(codes or ["answered"])])
    assert not {"INTERNAL", "UNAVAILABLE", "error"} & set(codes), body["errors"]
    assert "Traceback" not in response.text


@schemathesis.check
def no_slow_answer(ctx: Any, response: Any, case: Any) -> None:
    """An answer comes within SLOWEST_SECONDS, on a machine that does other things too."""
    assert response.elapsed < SLOWEST_SECONDS, f"took {response.elapsed:.2f} s"


@atexit.register
def _write() -> None:
    place = os.environ.get("CROSSDOCK_FUZZ_COUNTS")
    if place and OUTCOMES:
        Path(place).write_text(json.dumps(OUTCOMES))
