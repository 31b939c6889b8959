"""Tables of imports and exports: the jobs, the files, the rows and what became of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class StoredFile(TenantOwned, Base):
    """A file that was sent in or made here, kept in chunks until it expires."""

    __tablename__ = "stored_file"
    __table_args__ = (Index(None, "tenant_id", "expires_at"),)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class StoredChunk(TenantOwned, Base):
    """A part of a stored file; `begins_at` is the place of its first byte."""

    __tablename__ = "stored_chunk"
    __table_args__ = (
        UniqueConstraint("tenant_id", "file_id", "begins_at"),
        reference("file_id", "stored_file", ondelete="CASCADE"),
    )
    file_id: Mapped[int]
    begins_at: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportJob(TenantOwned, Base):
    """A file that is read, checked and written by the worker, a part in each transaction."""

    __tablename__ = "import_job"
    __table_args__ = (
        CheckConstraint(
            "status IN ('reading', 'checking', 'writing', 'done', 'failed', 'cancelled', "
            "'undoing', 'undone')",
            name="status",
        ),
        CheckConstraint(
            "error_policy IN ('reject_all', 'reject_failed_rows')", name="error_policy"
        ),
        reference("file_id", "stored_file"),
        Index(None, "tenant_id", "status"),
    )
    kind: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)
    dry_run: Mapped[bool]
    error_policy: Mapped[str] = mapped_column(Text)
    # Header as written (folded) to the column it is meant to be; "" for one to be left out.
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # The header's line and cells, once it is found.
    header: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    ignored_columns: Mapped[list[str]] = mapped_column(JSONB)
    # Where the next part begins: in the file, and among the rows that were read.
    reading_from: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after_line: Mapped[int] = mapped_column(server_default="0")
    rows_read: Mapped[int] = mapped_column(server_default="0")
    rows_done: Mapped[int] = mapped_column(server_default="0")
    rows_failed: Mapped[int] = mapped_column(server_default="0")
    error_count: Mapped[int] = mapped_column(server_default="0")
    created: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    undone: Mapped[int] = mapped_column(server_default="0")
    undo_refused: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_by_kind: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ImportRow(TenantOwned, Base):
    """A row of a file that was read. `lead_line` is the first line of the same record: rows of one
    record are checked and written together."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("tenant_id", "import_id", "lead_line", "line"),
        reference("import_id", "import_job", ondelete="CASCADE"),
    )
    import_id: Mapped[int]
    line: Mapped[int]
    lead_line: Mapped[int]
    record_key: Mapped[str | None] = mapped_column(Text)
    cells: Mapped[list[Any]] = mapped_column(JSONB)


class ImportClaim(TenantOwned, Base):
    """A code that only one record of a file may have, and which record said it first."""

    __tablename__ = "import_claim"
    __table_args__ = (
        UniqueConstraint("tenant_id", "import_id", "claim"),
        reference("import_id", "import_job", ondelete="CASCADE"),
    )
    import_id: Mapped[int]
    claim: Mapped[str] = mapped_column(Text)
    lead_line: Mapped[int]


class ImportFault(TenantOwned, Base):
    """One fault of one row of a file."""

    __tablename__ = "import_fault"
    __table_args__ = (
        Index(None, "tenant_id", "import_id", "line", "id"),
        reference("import_id", "import_job", ondelete="CASCADE"),
    )
    import_id: Mapped[int]
    line: Mapped[int]
    column_label: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)


class ImportChange(TenantOwned, Base):
    """A record that an import made (`before` is absent) or changed, so that it can be undone.

    `digest` is that of the record as the import left it."""

    __tablename__ = "import_change"
    __table_args__ = (
        UniqueConstraint("tenant_id", "import_id", "record_id"),
        CheckConstraint("outcome IN ('undone', 'refused')", name="outcome"),
        reference("import_id", "import_job", ondelete="CASCADE"),
    )
    import_id: Mapped[int]
    line: Mapped[int]
    record_key: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    digest: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)


class ImportMapping(TenantOwned, Base):
    """Which columns the headers of a kind of file are meant to be, kept for the next such file."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "fingerprint"),)
    kind: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    columns: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class ExportJob(TenantOwned, Base):
    """Files that the worker makes of what the tenant has, part by part."""

    __tablename__ = "export_job"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed', 'cancelled')", name="status"),
        CheckConstraint("format IN ('csv', 'xlsx')", name="format"),
        reference("file_id", "stored_file"),
        Index(None, "tenant_id", "status"),
    )
    kinds: Mapped[list[str]] = mapped_column(JSONB)
    format: Mapped[str] = mapped_column(Text)
    archived: Mapped[bool]
    # The days that its reports are of.
    from_on: Mapped[date | None]
    as_of: Mapped[date | None]
    status: Mapped[str] = mapped_column(Text)
    # Files by kind, as they are written; and how far the kind at hand is.
    parts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after_id: Mapped[int] = mapped_column(server_default="0")
    rows_written: Mapped[int] = mapped_column(server_default="0")
    file_id: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_by_kind: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
