"""How the mutations of access run: no secret is kept with an idempotency key, and what they
change counts in this process at once."""

from typing import Any

from api.context import Info
from api.writing import Operation, Performed, perform, plain_input

SECRETS = ("password", "old_password", "new_password")


async def perform_access(info: Info, operation: Operation, *, input: object) -> Performed:
    """As `perform`. Of the input, passwords do not count towards the idempotency key: even their
    hash would be worth stealing."""
    values: dict[str, Any] = plain_input(input)
    told = {name: value for name, value in values.items() if name not in SECRETS}
    done = await perform(info, operation, input=told)
    info.context.services.authenticator.forget()
    return done
