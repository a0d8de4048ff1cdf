"""What a run left is described by what stands in it; whatever it pretends to be is survived."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_repl.sandbox.parquet_footer import parquet_shape
from finops_repl.sandbox.picture_size import picture_size
from finops_repl.sandbox.table_shape import MAX_LINE, table_shape
from tests.sandbox.running import Runs

UNKNOWN = (None, ())


def parquet(folder: Path, select: str) -> bytes:
    file = folder / "made.parquet"
    duckdb.connect().execute(f"COPY ({select}) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return file.read_bytes()


@pytest.fixture(scope="session")
def nested(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Five columns, two of them trees, in several row groups."""
    return parquet(
        tmp_path_factory.mktemp("parquet"),
        "SELECT i AS id, {'a': i, 'b': {'c': [i, i]}} AS tree, MAP {'k': i} AS tags,"
        " i::DECIMAL(18, 2) AS cost, [{'x': i}] AS \"list of é\" FROM range(5000) t(i)",
    )


def test_parquet_is_told_by_its_rows_and_its_own_columns(nested: bytes, tmp_path: Path) -> None:
    shape = table_shape("a.parquet", io.BytesIO(nested), len(nested))
    assert shape == (5000, ("id", "tree", "tags", "cost", "list of é"))
    none = parquet(tmp_path, "SELECT 1 AS a, 2 AS b WHERE false")
    assert table_shape("a.pq", io.BytesIO(none), len(none)) == (0, ("a", "b"))
    wide = parquet(tmp_path, "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(1000)))
    rows, columns = table_shape("a.parquet", io.BytesIO(wide), len(wide))
    assert (rows, len(columns), columns[-1]) == (1, 300, "c299")


@pytest.mark.parametrize("length", [0, 1, 7, 2**31, 2**32 - 1])
def test_parquet_that_lies_about_its_footer_has_no_shape(nested: bytes, length: int) -> None:
    lying = nested[:-8] + struct.pack("<I", length) + b"PAR1"
    assert table_shape("a.parquet", io.BytesIO(lying), len(lying)) == UNKNOWN


def footer(data: bytes) -> bytes:
    return b"PAR1" + data + struct.pack("<I", len(data)) + b"PAR1"


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x02" + b"\x19" * 4000,  # lists of lists of lists ...
        b"\x1c" * 4000,  # structs within structs
        b"\x19\xfc" + b"\xff" * 9 + b"\x01",  # a list of 2**63 elements
        b"\x29\xfc" + b"\xff" * 9 + b"\x01",  # a schema of as many
        b"\x1b" + b"\xff" * 9 + b"\x01" + b"\xcc",  # a map of as many
        b"\x18" + b"\xff" * 4 + b"\x7f",  # a text of 34 GB
        b"\x15" + b"\x80" * 4000,  # a number without an end
        b"\x26\x02",  # rows, and no schema before them
        b"\x29\x1c\x48\x01r\x15\xc8\x01\x00\x16\x02\x00",  # a root of 100 children, and none there
        b"\x29\x1c\x48\x01r\x15\x01\x00\x16\x02\x00",  # a root of -1 children
        b"\x29\x1c\x48\x01r\x15\x00\x00\x16\x01\x00",  # -1 rows
    ],
)
def test_parquet_of_absurd_structure_has_no_shape(data: bytes) -> None:
    assert parquet_shape(io.BytesIO(footer(data)), len(footer(data))) is None


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_whatever_stands_in_a_footer_is_survived(data: bytes) -> None:
    parquet_shape(io.BytesIO(footer(data)), len(footer(data)))


@settings(max_examples=300)
@given(at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_a_damaged_footer_is_survived(nested: bytes, at: int, byte: int) -> None:
    damaged = bytearray(nested)
    damaged[-(at % len(nested)) - 1] = byte
    shape = parquet_shape(io.BytesIO(damaged), len(damaged))
    assert shape is None or (shape[0] >= 0 and len(shape[1]) < 1000)


def test_a_file_with_an_endless_line_has_no_shape() -> None:
    for name, line in (
        ("a.jsonl", b'{"a": "' + b"x" * MAX_LINE + b'"}\n'),
        ("a.csv", b"x," * MAX_LINE),
    ):
        for data in (line, b'{"a": 1}\n' * 2000 + line):
            assert table_shape(name, io.BytesIO(data), len(data)) == UNKNOWN


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x06\0\0\0"
GIF = b"GIF89a" + struct.pack("<HH", 64, 48) + b"\0\0\0"
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xc4\0\x04ab\xff\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03\0\0"
)
VP8X = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0"
VP8L = b"RIFF\0\0\0\0WEBPVP8L\x0a\0\0\0\x2f" + struct.pack("<I", 639 | 479 << 14) + b"\0" * 5
VP8 = b"RIFF\0\0\0\0WEBPVP8 \x0a\0\0\0abc\x9d\x01\x2a" + struct.pack("<HH", 640, 480)


@pytest.mark.parametrize(
    ("name", "data", "size"),
    [
        ("a.png", PNG, (640, 480)),
        ("a.PNG", PNG, (640, 480)),
        ("a.gif", GIF, (64, 48)),
        ("a.jpg", JPEG, (640, 480)),
        ("a.jpeg", JPEG, (640, 480)),
        ("a.webp", VP8X, (640, 480)),
        ("a.webp", VP8L, (640, 480)),
        ("a.webp", VP8, (640, 480)),
        ("a.svg", b'<?xml version="1.0"?>\n<svg width="640" height="480px">', (640, 480)),
        ("a.svg", b"<svg xmlns='x' height='345.6pt' width='460.8pt'/>", (614, 461)),
        ("a.svg", b'<svg width="100%" height="100%" viewBox="0 0, 20 10.4">', (20, 10)),
        ("a.svg", b'<svg stroke-width="9" viewBox="0 0 20 10">', (20, 10)),
        ("a.csv", PNG, None),
        ("a.jpg", PNG, None),
        ("a.png", PNG[:20], None),
        ("a.png", PNG.replace(struct.pack(">I", 640), b"\0\0\0\0"), None),
        ("a.jpg", b"\xff\xd8" + b"\xff\xe0\0\0" * 1000, None),
        ("a.jpg", b"\xff\xd8" + b"\xff" * 300_000, None),
        ("a.svg", b"<svg>", None),
        ("a.svg", b'<svg width="1e9" height="-3" ', None),
        ("a.svg", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', None),
        ("png", PNG, (640, 480)),
    ],
)
def test_pictures_are_told_by_their_size(
    name: str, data: bytes, size: tuple[int, int] | None
) -> None:
    assert picture_size(name, io.BytesIO(data)) == size


@settings(max_examples=300)
@given(
    st.sampled_from(["png", "jpg", "gif", "webp", "svg"]),
    st.sampled_from([PNG, JPEG, GIF, VP8X, VP8L, VP8, b'<svg viewBox="0 0 2 1">', b""]),
    st.integers(0, 40),
    st.binary(max_size=60),
)
def test_whatever_a_picture_holds_is_survived(
    kind: str, whole: bytes, cut: int, end: bytes
) -> None:
    size = picture_size(f"a.{kind}", io.BytesIO(whole[:cut] + end))
    assert size is None or min(size) > 0


def test_what_scripts_really_leave_is_described(run: Runs) -> None:
    result = run(
        """
import os, pandas, PIL.Image, matplotlib.pyplot as plt
os.chdir(DATA_DIR)
costs = pandas.DataFrame({"service": ["EC2", "S3"], "usd": [1.5, 2.5]})
costs.to_csv("a.csv", index=False)
costs.to_json("b.json", orient="records")
costs.to_json("c.jsonl", orient="records", lines=True)
costs.to_parquet("d.parquet", index=False)
plt.figure(figsize=(6.4, 4.8), dpi=100)
plt.bar(costs.service, costs.usd)
plt.savefig("e.png")
plt.savefig("f.svg")
for name in ("g.jpg", "h.gif", "i.webp"):
    PIL.Image.new("RGB", (320, 200), "red").save(name)
PIL.Image.new("RGBA", (320, 200)).save("j.webp", lossless=True)
open("k.png", "w").write("no picture")
""",
        timeout_s=60,
    )
    assert (result.reason, result.stderr, result.exit_code) == ("exit", "", 0)
    told = {file.name: (file.rows, file.columns, file.picture) for file in result.files}
    table = (2, ("service", "usd"), None)
    assert told == {
        **dict.fromkeys(("a.csv", "b.json", "c.jsonl", "d.parquet"), table),
        "e.png": (None, (), (640, 480)),
        "f.svg": (None, (), (614, 461)),
        **dict.fromkeys(("g.jpg", "h.gif", "i.webp", "j.webp"), (None, (), (320, 200))),
        "k.png": (None, (), None),
    }
