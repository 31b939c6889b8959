"""What happened to a sandbox. Told to the tenant whose it is."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxAsked(Event):
    """A sandbox is to be made, made anew, or taken away."""

    type = "onboarding.sandbox_asked"
    aggregate = "sandbox"
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxProgressed(Event):
    """A part of the work is done, and there is more."""

    type = "onboarding.sandbox_progressed"
    aggregate = "sandbox"
    copied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReady(Event):
    """The sandbox may be entered."""

    type = "onboarding.sandbox_ready"
    aggregate = "sandbox"
    copied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRemoved(Event):
    """The sandbox is gone, with everything in it."""

    type = "onboarding.sandbox_removed"
    aggregate = "sandbox"
