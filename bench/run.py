"""Runs every benchmark, prints one table and writes bench/latest.json.

    python -m bench.run [NAME …]

Each module here that has a `measure` is one; with names, only those whose name contains one."""

import importlib
import sys
from pathlib import Path

from bench.results import Result, show, write

HERE = Path(__file__).parent
NO_BENCHMARKS = {"run", "results"}


def main() -> int:
    """0 if every goal holds."""
    wanted = sys.argv[1:] or [""]
    results: list[Result] = []
    for path in sorted(HERE.glob("*.py")):
        if path.stem in NO_BENCHMARKS or not any(name in path.stem for name in wanted):
            continue
        if "def measure(" in path.read_text():
            results += importlib.import_module(f"bench.{path.stem}").measure()
    show(results)
    write(results, HERE / "latest.json")
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
