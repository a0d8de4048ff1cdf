"""The bill's exports in S3 are the bill: downloaded and read as files they give the same totals."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_repl.billing.exports import data_exports, legacy_reports
from finops_repl.billing.files import FilesBill
from finops_repl.simulator import store
from finops_repl.simulator.exports import EXPORTS, BillExport, export_bucket
from finops_repl.simulator.handlers.s3.bill import KEYS_PER_PAGE
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from tests.simulator.conftest import YESTERDAY, Worlds, fields
from tests.simulator.offered.probe import switched_off

COST = {"cur2": "line_item_unblended_cost", "cur_legacy": "line_item_unblended_cost"}
MONTHS = ("2026-09", "2026-10")
IN_MONTHS = {
    "cur2": f"billing_period IN {MONTHS}",
    "cur_legacy": "year = '2026' AND month IN ('9', '10')",
    "focus_1_2": f"billing_period IN {MONTHS}",
}


def listed(organisation: SimulatedOrganisation, prefix: str) -> list[dict[str, Any]]:
    """Every object below a prefix, page by page."""
    buckets = fields(organisation, "s3", "ListBuckets")["Buckets"]
    (name,) = {each["Name"] for each in buckets} & {export_bucket(organisation.account_id)}
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = fields(organisation, "s3", "ListObjectsV2", Bucket=name, Prefix=prefix, **more)
        assert len(page["Contents"]) <= KEYS_PER_PAGE
        found += [{**each, "Bucket": name} for each in page["Contents"]]
        if not page["IsTruncated"]:
            return found
        more = {"ContinuationToken": page["NextContinuationToken"]}


def downloaded(organisation: SimulatedOrganisation, listing: dict[str, Any]) -> bytes:
    place = {"Bucket": listing["Bucket"], "Key": listing["Key"]}
    content: bytes = fields(organisation, "s3", "GetObject", **place)["Body"]
    assert len(content) == listing["Size"]
    assert f'"{hashlib.md5(content).hexdigest()}"' == listing["ETag"]
    return content


def saved(organisation: SimulatedOrganisation, export: BillExport, folder: Path) -> Path:
    """Two months of an export in a folder, laid out as in the bucket."""
    for each in listed(organisation, f"{export.prefix}/"):
        if each["Key"].endswith(".parquet") and any(
            words in each["Key"] for words in (*MONTHS, "year=2026/month=9/", "year=2026/month=10/")
        ):
            path = folder / each["Key"]
            path.parent.mkdir(parents=True)
            path.write_bytes(downloaded(organisation, each))
    return folder / export.prefix


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.table)
def test_each_row_of_a_table_names_the_object_that_it_lies_in(
    small: SimulatedOrganisation, export: BillExport
) -> None:
    objects = {
        f"s3://{each['Bucket']}/{each['Key']}"
        for each in listed(small, f"{export.prefix}/")
        if each["Key"].endswith(".parquet")
    }
    paths = small.room.query(f'SELECT DISTINCT "$path" FROM {export.table}').rows
    assert {path for (path,) in paths} == objects
    assert len(objects) == 13


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.table)
def test_a_downloaded_export_has_the_totals_of_the_table(
    small: SimulatedOrganisation, export: BillExport, tmp_path: Path
) -> None:
    files = FilesBill([saved(small, export, tmp_path)])
    cost = COST.get(export.table, "billedcost")
    sums = f"SELECT cast(sum(cast({cost} AS decimal(28, 10))) AS varchar), count(*) FROM "
    ours = files.query(sums + files.primary.table).rows
    theirs = small.room.query(f"{sums}{export.table} WHERE {IN_MONTHS[export.table]}").rows
    assert ours == theirs
    assert Decimal(str(ours[0][0])) > 1_000


def test_an_export_tells_of_the_incident_like_the_bill(
    small: SimulatedOrganisation, worlds: Worlds
) -> None:
    key = EXPORTS[0].data_key(small.view.calendar.months()[-1])
    with_it, without = (
        [each for each in listed(organisation, key) if each["Key"] == key]
        for organisation in (small, worlds(switched_off("mining")))
    )
    assert with_it[0]["ETag"] != without[0]["ETag"]


def test_a_manifest_names_the_files_and_their_columns(small: SimulatedOrganisation) -> None:
    for export in EXPORTS:
        month = small.view.calendar.months()[-2]
        (found,) = listed(small, export.manifest_key(month))
        told = json.loads(downloaded(small, found))
        assert told["dataFiles"] == [export.data_key(month)]
        names = [column["name"] for column in told["columns"]]
        partition = export.partition(month)
        assert names == [
            name for name in small.catalog.tables[export.table].names if name not in partition
        ]


def test_written_files_go_with_their_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(store, "KEPT", 1)
    old, new = (
        SimulatedSpec.parse(f"simulated:seed={seed},rows=20000", yesterday=YESTERDAY)
        for seed in (1, 2)
    )
    folder = store.exports_folder(store.world_file(old))
    folder.mkdir()
    (folder / "sim-cur2-2026-10.parquet").write_bytes(b"")
    store.world_file(new)
    assert not folder.exists()


def test_the_definitions_say_where_the_objects_lie(aws: Any) -> None:
    """What `account connect` reads of a real account is true of this one."""
    defined = [*legacy_reports(aws.client("cur")), *data_exports(aws.client("bcm-data-exports"))]
    s3 = aws.client("s3")
    for export in defined:
        bucket, _, prefix = export.place.removeprefix("s3://").partition("/")
        listing = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=2)
        assert listing["KeyCount"] == 2
    assert {export.kind for export in defined} == {"cur2", "legacy", "focus"}
