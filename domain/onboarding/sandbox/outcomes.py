"""Outcomes of sandboxes that the business expects."""

from domain.kernel.errors import Expected


class SandboxBusy(Expected):
    """The sandbox is being made or taken away right now. Fields: status."""


class NoSandbox(Expected):
    """There is no sandbox that could be entered, refreshed or removed."""
