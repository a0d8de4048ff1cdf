"""A place in S3 is a folder of one bucket, however it is written."""

import pytest

from finops_repl.base.errors import InputError
from finops_repl.base.s3_place import S3Place


@pytest.mark.parametrize("written", ["s3://bills/cur", "s3://bills/cur/", "s3://bills/cur//"])
def test_a_prefix_is_a_folder(written: str) -> None:
    place = S3Place.of(written)
    assert str(place) == "s3://bills/cur/"
    assert place.holds("bills", "cur/2026-10.parquet")
    assert not place.holds("bills", "cur-private/2026-10.parquet")
    assert not place.holds("bills", "cur")
    assert not place.holds("bills-private", "cur/2026-10.parquet")


@pytest.mark.parametrize("written", ["s3://bills", "s3://bills/"])
def test_a_bucket_alone_is_all_that_it_holds(written: str) -> None:
    assert S3Place.of(written) == S3Place("bills")
    assert S3Place.of(written).holds("bills", "anything")


@pytest.mark.parametrize("written", ["", "bills/cur", "s3:/bills", "s3://", "s3:///cur"])
def test_what_names_no_bucket_is_no_place(written: str) -> None:
    with pytest.raises(InputError, match="is no place of S3"):
        S3Place.of(written)
