"""The results' bucket is a bucket: listed, looked up, read in ranges, and nothing beyond it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.s3.objects import S3Service, StoredObject

CONTENT = b"0123456789"
KEYS = ("a/1.csv", "a/2.csv", "b/x/3.csv", "c.csv")


def stored(content: bytes) -> StoredObject:
    moment = datetime(2025, 1, 31, 10, 0, 0, 5, tzinfo=UTC)
    return StoredObject(len(content), "f" * 32, moment, lambda a, b: content[a:b])


SERVICE = S3Service({"results": lambda: {key: stored(CONTENT) for key in KEYS}})


def ask(operation: str, **params: Any) -> Answer:
    call = Call("s3", operation, "us-east-1", {"Bucket": "results", **params})
    return SERVICE.answer(call, cancelled=threading.Event())


def fields(answer: Answer) -> dict[str, Any]:
    assert isinstance(answer, Result)
    return dict(answer.fields)


@pytest.mark.parametrize(
    ("wanted", "body", "shown"),
    [
        (None, CONTENT, None),
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_object_is_read_whole_or_in_part(
    wanted: str | None, body: bytes, shown: str | None
) -> None:
    options = {"Range": wanted} if wanted else {}
    found = fields(ask("GetObject", Key="c.csv", **options))
    assert found["Body"] == body
    assert found["ContentLength"] == len(body)
    assert found.get("ContentRange") == shown


def test_range_outside_the_object_is_refused() -> None:
    refused = ask("GetObject", Key="c.csv", Range="bytes=10-12")
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.status) == ("InvalidRange", 416)


def test_object_is_looked_up() -> None:
    found = fields(ask("HeadObject", Key="c.csv"))
    assert found["ContentLength"] == 10
    assert found["ETag"] == '"' + "f" * 32 + '"'
    assert found["LastModified"].microsecond == 0


def test_folders_are_common_prefixes() -> None:
    found = fields(ask("ListObjectsV2", Delimiter="/"))
    assert [each["Key"] for each in found["Contents"]] == ["c.csv"]
    assert [each["Prefix"] for each in found["CommonPrefixes"]] == ["a/", "b/"]
    found = fields(ask("ListObjectsV2", Prefix="b/", Delimiter="/"))
    assert [each["Prefix"] for each in found["CommonPrefixes"]] == ["b/x/"]


@pytest.mark.parametrize("delimiter", ["", "/"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_list_everything_once(delimiter: str, size: int) -> None:
    listed: list[str] = []
    token: dict[str, str] = {}
    while True:
        found = fields(ask("ListObjectsV2", MaxKeys=size, Delimiter=delimiter, **token))
        page = [each["Key"] for each in found["Contents"]]
        page += [each["Prefix"] for each in found["CommonPrefixes"]]
        assert len(page) == found["KeyCount"] <= size
        listed += page
        if not found["IsTruncated"]:
            break
        token = {"ContinuationToken": found["NextContinuationToken"]}
    assert sorted(listed) == (["a/", "b/", "c.csv"] if delimiter else list(KEYS))


def test_what_is_not_there_is_said_in_s3_s_words() -> None:
    for operation, params, code in (
        ("GetObject", {"Key": "nope"}, "NoSuchKey"),
        ("HeadObject", {"Key": "nope"}, "404"),
        ("GetObject", {"Bucket": "other", "Key": "c.csv"}, "NoSuchBucket"),
        ("ListObjectsV2", {"Bucket": "other"}, "NoSuchBucket"),
        ("PutObject", {"Key": "c.csv", "Body": b""}, "NotImplemented"),
    ):
        refused = ask(operation, **params)
        assert isinstance(refused, Refusal)
        assert refused.code == code
        assert refused.status < 500
