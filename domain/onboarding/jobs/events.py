"""What happened to an import. Its rows tell the rest."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAsked(Event):
    """A file is to be imported."""

    type = "onboarding.import_asked"
    aggregate = "import_job"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgressed(Event):
    """A part of the work is done, and there is more."""

    type = "onboarding.import_progressed"
    aggregate = "import_job"
    status: str
    rows_read: int
    rows_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEnded(Event):
    """Nothing more is done: it is done, failed, cancelled or undone."""

    type = "onboarding.import_ended"
    aggregate = "import_job"
    status: str
    created: int
    updated: int
    rows_failed: int
