"""The real samples beside the checkout, each with what the manifest says a reader must read."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]

SHOPIFY = ("ecommerce/shopify", "ecommerce/shopify-negative")
WOOCOMMERCE = ("ecommerce/woocommerce",)
AMAZON = ("marketplace/amazon-",)
X12 = ("edi-x12",)
EDIFACT = ("edi-edifact",)
MAGENTO = ("ecommerce/magento",)
WALMART = ("marketplace/walmart",)
MIRAKL = ("marketplace/mirakl",)
ALL_READ = (*SHOPIFY, *WOOCOMMERCE, *MAGENTO, *AMAZON, *WALMART, *MIRAKL, *X12, *EDIFACT)


@dataclass(frozen=True)
class Sample:
    """One sample: its folder and name, its path, and its row of the manifest."""

    kind: str
    name: str
    path: Path
    what: str
    expected: str
    is_negative: bool

    @property
    def raw(self) -> bytes:
        return self.path.read_bytes()

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def samples_folder() -> Path | None:
    """`shared/samples` beside the checkout or above it, or where CROSSDOCK_SAMPLES says."""
    stated = os.environ.get("CROSSDOCK_SAMPLES")
    candidates = [Path(stated)] if stated else [p / "shared" / "samples" for p in ROOT.parents]
    return next((path for path in candidates if (path / "manifest.jsonl").is_file()), None)


def manifest_rows(folder: Path) -> list[Sample]:
    """The rows of manifest.jsonl (MANIFEST.md in full length) whose files are here."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    return [_sample(folder / row["file"], row) for row in rows if (folder / row["file"]).is_file()]


def _sample(path: Path, row: dict[str, Any]) -> Sample:
    kind, _, name = row["file"].rpartition("/")
    expected = row["expect"].replace("|", "¦")
    return Sample(kind, name, path, row["what"], expected, row["negative"])


FOLDER = samples_folder()
SAMPLES = manifest_rows(FOLDER) if FOLDER is not None else []


def _of(prefixes: tuple[str, ...]) -> list[Sample]:
    exact = [sample for sample in SAMPLES if sample.kind in prefixes]
    loose = tuple(each for each in prefixes if each.endswith("-") or each.startswith("edi-"))
    more = [s for s in SAMPLES if loose and s.kind.startswith(loose) and s not in exact]
    return exact + more


GROUPS = {
    "shopify_sample": _of(SHOPIFY),
    "woocommerce_sample": _of(WOOCOMMERCE),
    "amazon_sample": _of(AMAZON),
    "x12_sample": _of(X12),
    "edifact_sample": _of(EDIFACT),
    "magento_sample": _of(MAGENTO),
    "walmart_sample": _of(WALMART),
    "mirakl_sample": _of(MIRAKL),
    "any_sample": SAMPLES,
}
_read = {str(sample) for sample in _of(ALL_READ)}
GROUPS["other_sample"] = [sample for sample in SAMPLES if str(sample) not in _read]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `shopify_sample` runs once for each of them."""
    for name, group in GROUPS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, group, ids=str)


@pytest.fixture(scope="session")
def samples() -> dict[str, Sample]:
    """All samples by "<folder>/<name>"; skips where there are none."""
    if not SAMPLES:
        pytest.skip("no shared/samples beside this checkout")
    return {str(sample): sample for sample in SAMPLES}
