"""What happened to an export."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAsked(Event):
    """Files are to be made."""

    type = "onboarding.export_asked"
    aggregate = "export_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportProgressed(Event):
    """A part of the work is done, and there is more."""

    type = "onboarding.export_progressed"
    aggregate = "export_job"
    rows_written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEnded(Event):
    """The file is there, or never will be."""

    type = "onboarding.export_ended"
    aggregate = "export_job"
    status: str
