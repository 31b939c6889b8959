"""Everything that the programs of Crossdock import, for those that are forked from here."""

import importlib

from app.cli import COMMANDS
from app.long_lived import undisturbed

# No collector writes into the memory that they share.
with undisturbed():
    for name in COMMANDS:
        importlib.import_module(f"app.commands.{name}")
    for name in ("app.asgi", "tests.factories.handling", "tests.factories.impatient_worker"):
        importlib.import_module(name)
    # Whoever has imported the API makes the schema next, the same one each time.
    importlib.import_module("api.schema").build_schema()
