"""The scenario of a company from sign-up to its first shipped order with a file of 100,000 items,
of which 1,000 rows are wrong: played over HTTP against real processes, in ten minutes at most."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.results import Result

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = "tests/scenarios/test_a_large_file.py"
ROWS, MOST_SECONDS = 100_000, 600.0


def measure() -> list[Result]:
    """Seconds of the whole scenario, of what it may take."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", SCENARIO],
        check=True,
        cwd=ROOT,
        env={**os.environ, "CROSSDOCK_LARGE_FILE_ROWS": str(ROWS)},
    )
    seconds = time.monotonic() - began
    raw = {"rows": ROWS, "seconds": round(seconds, 1)}
    name = f"sign-up to first shipped order with {ROWS:,} rows: of ten minutes"
    return [Result.at_most(name, seconds / MOST_SECONDS, 1, raw)]
