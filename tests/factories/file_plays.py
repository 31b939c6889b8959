"""Files that come in and go out, as an administrator's client sends them."""

import itertools
from typing import Any

from tests.factories.document_plays import Play, Scene, keyed, table
from tests.factories.importing import carry_out

_serial = itertools.count(1)


def _goods() -> dict[str, Any]:
    sku = f"FILE-{next(_serial)}"
    content = table(f"sku,name,base unit\n{sku},A thing,EA\n{sku}-2,,EA\n")
    return {"kind": "ITEMS", "contentBase64": content, "filename": "things.csv"}


async def asked(scene: Scene) -> Any:
    """An import that waits for the worker."""
    done = await scene.stage.play("admin", "StartImport", **keyed(**_goods()))
    return done.value["importJob"]["id"]


async def imported(scene: Scene) -> Any:
    """An import that is over, with a fault and a change."""
    import_id = await asked(scene)
    await carry_out(scene.stage.tenant)
    return import_id


async def export_asked(scene: Scene) -> Any:
    """An export that waits for the worker."""
    done = await scene.stage.play("admin", "StartExport", **keyed(kinds=["CHANNELS"]))
    return done.value["exportJob"]["id"]


async def exported(scene: Scene) -> Any:
    """An export whose file is there."""
    export_id = await export_asked(scene)
    await carry_out(scene.stage.tenant)
    return export_id


async def nothing_waits(scene: Scene) -> None:
    """All imports and exports that were asked for are over."""
    await carry_out(scene.stage.tenant)


_MAPPING = [{"header": "Nummer", "column": "sku"}, {"header": "Farbe", "column": ""}]
FILES = {
    "SuggestImportMapping": Play(
        "admin",
        lambda s: {"input": {"kind": "ITEMS", "contentBase64": table("Item No.,Tittle\nA,Bolt\n")}},
    ),
    "SaveImportMapping": Play("admin", lambda s: keyed(kind="ITEMS", mapping=_MAPPING)),
    "StartImport": Play("admin", lambda s: keyed(**_goods()), nothing_waits),
    "ImportJobs": Play("admin", lambda s: {"first": 20}, imported),
    "ImportJob": Play("admin", lambda s: {"id": s.prepared}, imported),
    "ImportErrors": Play("admin", lambda s: {"importId": s.prepared, "first": 20}, imported),
    "ImportChanges": Play("admin", lambda s: {"importId": s.prepared, "first": 20}, imported),
    "ImportErrorsCsv": Play("admin", lambda s: {"importId": s.prepared}, imported),
    "CancelImport": Play("admin", lambda s: keyed(id=s.prepared), asked),
    "UndoImport": Play("admin", lambda s: keyed(id=s.prepared), imported),
    "StartExport": Play("admin", lambda s: keyed(kinds=["ITEMS", "PRICES"]), nothing_waits),
    "ExportEverything": Play("admin", lambda s: keyed(format="CSV"), nothing_waits),
    "CancelExport": Play("admin", lambda s: keyed(id=s.prepared), export_asked),
    "ExportJobs": Play("admin", lambda s: {"first": 20}, exported),
    "ExportJob": Play("admin", lambda s: {"id": s.prepared}, exported),
    "ExportContent": Play("admin", lambda s: {"exportId": s.prepared, "begin": 0}, exported),
}
