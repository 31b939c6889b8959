"""`crossdock ingest`: documents from files, put through the same door as all others."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import global_id
from app.database import connect
from app.http.services import system_clock
from app.installation import installation
from app.settings import Settings
from domain.finance.queries.documents import supplier_invoices_of_ids
from domain.intake.document import as_json
from domain.intake.formats.invoiced.invoice import as_json as invoice_json
from domain.intake.operations import LARGEST_DOCUMENT, process_message, receive_message
from domain.intake.processing import Processed
from domain.intake.supplier_bills import TakenBills
from domain.kernel import json
from domain.kernel.errors import InvalidInput, NotFound, Refusal
from domain.kernel.reading import Reader, reading
from domain.kernel.work import unit_of_work
from domain.orders.queries import orders_by_ids
from tenancy.accounts import tenant_of_slug
from tenancy.principals import Principal, system_principal

logger = logging.getLogger("crossdock.ingest")
ATTEMPTS = 3


def ingest(
    files: Annotated[list[Path], typer.Argument(help="Documents of any supported format.")],
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's slug, such as demo.")],
    channel: Annotated[str, typer.Option("--channel", help="The channel's code.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file.")] = False,
) -> None:
    """Keep, read and book documents; exit 1 when one was not booked."""
    with installation(Settings.from_environment()) as running:
        reports = asyncio.run(
            _ingest_all(running.settings.database_url or "", tenant, channel, files, as_json)
        )
    booked = all(report["outcome"] in ("accepted", "duplicate") for report in reports)
    raise typer.Exit(0 if booked else 1)


async def _ingest_all(
    database_url: str, slug: str, channel: str, files: list[Path], as_json: bool
) -> list[dict[str, Any]]:
    engine = connect(database_url, pool_size=1)
    reports = []
    try:
        tenant = await tenant_of_slug(engine, slug)
        if tenant is None:
            typer.echo(f"crossdock: there is no tenant {slug!r}.", err=True)
            raise typer.Exit(2)
        principal = system_principal(tenant[0], name="command line")
        for file in files:
            report = await _ingest(engine, principal, channel, file)
            print(json.dump(report) if as_json else _line(report), flush=True)
            reports.append(report)
    finally:
        await engine.dispose()
    return reports


async def _ingest(
    engine: AsyncEngine, principal: Principal, channel: str, file: Path
) -> dict[str, Any]:
    try:
        raw = await asyncio.to_thread(_content, file)
        message_id, processed = await _take(engine, principal, channel, file, raw)
    except (OSError, Refusal) as error:
        return _failed(file, error, channel)
    if processed is None:
        return _kept(file, message_id)
    return await _report(engine, principal, file, processed)


def _content(file: Path) -> bytes:
    if (size := file.stat().st_size) > LARGEST_DOCUMENT:
        raise InvalidInput(f"The file has {size} bytes; at most {LARGEST_DOCUMENT} are taken.")
    return file.read_bytes()


async def _take(
    engine: AsyncEngine, principal: Principal, channel: str, file: Path, raw: bytes
) -> tuple[int, Processed | None]:
    """Keep and book in one transaction, so that no worker comes first.

    Should the booking fail unexpectedly, the message stays, and a worker tries again."""
    async with unit_of_work(engine, principal, now=system_clock()) as work:
        message_id = await receive_message(work, channel_code=channel, raw=raw, filename=file.name)
        for _ in range(ATTEMPTS):
            try:
                async with work.attempt():
                    return message_id, await process_message(work, message_id=message_id)
            except Exception:
                logger.exception("%s is kept, and could not be read yet", file)
    return message_id, None


def _failed(file: Path, error: OSError | Refusal, channel: str) -> dict[str, Any]:
    message = (
        f"There is no active channel {channel!r}." if isinstance(error, NotFound) else str(error)
    )
    return _unread(file, None, "rejected", {"code": "not_taken", "message": message})


def _kept(file: Path, message_id: int) -> dict[str, Any]:
    message = "The document is kept, but reading it failed; a worker tries again."
    kept = {"code": "not_read_yet", "message": message}
    return _unread(file, global_id("IntakeMessage", message_id), "exception", kept)


def _unread(
    file: Path, message_id: str | None, outcome: str, problem: dict[str, str]
) -> dict[str, Any]:
    return {
        "file": str(file),
        "message_id": message_id,
        "format": None,
        "outcome": outcome,
        "orders": [],
        "problems": [{"code": problem["code"], "path": "", "message": problem["message"]}],
    }


async def _report(
    engine: AsyncEngine, principal: Principal, file: Path, processed: Processed
) -> dict[str, Any]:
    ids = [b.order_id for b in processed.booked if b.order_id is not None]
    async with reading(engine, principal) as reader:
        orders = await orders_by_ids(reader, order_ids=ids)
        invoices = await _invoices(reader, processed.bills)
    reading_ = processed.reading
    known = [orders.get(b.order_id) if b.order_id else None for b in processed.booked]
    problems = (*reading_.all_problems, *(p for b in processed.booked for p in b.problems))
    billed = {} if processed.bills is None else {"invoices": invoices}
    return {
        "file": str(file),
        "message_id": global_id("IntakeMessage", processed.message_id),
        "format": reading_.format,
        "outcome": processed.outcome,
        "orders": [
            as_json(order, number=row and row.number, status=row and row.status)
            for order, row in zip(reading_.orders, known, strict=True)
        ],
        "problems": [
            {"code": p.code, "path": p.path, "message": f"{p.message} {p.remedy}".strip()}
            for p in dict.fromkeys(problems)
        ],
        **billed,
    }


async def _invoices(reader: Reader, bills: TakenBills | None) -> list[dict[str, Any]]:
    """What a supplier bills by a document: as it was read, with our number and status once it is
    taken in."""
    if bills is None:
        return []
    ids = [each.supplier_invoice_id for each in bills.taken if each.supplier_invoice_id]
    rows = await supplier_invoices_of_ids(reader, ids=ids)
    pairs = zip(bills.invoices, bills.taken, strict=True)
    ours = [(invoice, rows.get(each.supplier_invoice_id or 0)) for invoice, each in pairs]
    return [
        {
            **invoice_json(invoice),
            "our_number": None if row is None else row.number,
            "status": None if row is None else row.status,
        }
        for invoice, row in ours
    ]


def _line(report: dict[str, Any]) -> str:
    made = [o["number"] for o in report.get("orders", [])]
    made += [invoice["our_number"] for invoice in report.get("invoices", [])]
    numbers = ", ".join(number or "-" for number in made)
    problems = "; ".join(f"{p['path']}: {p['message']}" for p in report.get("problems", []))
    return f"{report['outcome']:<10} {report['file']}  {numbers}  {problems}".rstrip()
