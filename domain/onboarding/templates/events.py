"""What happened to templates."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateApplied(Event):
    """A template made what was missing of it."""

    type = "onboarding.template_applied"
    aggregate = "tenant"
    template: str
    made: int
