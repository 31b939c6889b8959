"""How the mutations of client apps run: what they change counts in this process at once."""

from api.context import Info
from api.writing import Operation, Performed, perform


async def perform_apps(info: Info, operation: Operation, *, input: object) -> Performed:
    """As `perform`; the door forgets what it remembers of the tenant."""
    done = await perform(info, operation, input=input)
    services = info.context.services
    services.forget_manners()
    # A closed app's keys are void.
    services.authenticator.forget()
    return done
