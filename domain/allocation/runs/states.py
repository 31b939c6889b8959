"""What may be done with a run in each of its states. Pure."""

ACTIONS: dict[str, tuple[str, ...]] = {
    "planning": ("cancel",),
    "planned": ("apply", "cancel"),
    "applying": ("cancel",),
    "applied": (),
    "cancelled": (),
    "failed": (),
}


def actions(status: str) -> tuple[str, ...]:
    """What may be done with a run that stands so."""
    return ACTIONS[status]
