"""`crossdock doctor`: what is wrong with this installation, and how to mend it."""

from dataclasses import asdict
from typing import Annotated

import typer

from app.embedded.diagnosis import examine
from app.settings import Settings
from domain.kernel import json


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Examine this installation; exit 1 when something is wrong."""
    findings = examine(Settings.from_environment())
    healthy = all(finding.ok for finding in findings)
    if as_json:
        print(json.dump({"healthy": healthy, "findings": [asdict(f) for f in findings]}))
    else:
        for finding in findings:
            print(f"{'ok   ' if finding.ok else 'WRONG'} {finding.name}: {finding.message}")
            if not finding.ok:
                print(f"      What to do: {finding.remedy}")
    raise typer.Exit(0 if healthy else 1)
