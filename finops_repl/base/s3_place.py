"""A place in S3 as users write it: a bucket, and the folder in it."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.base.errors import InputError

__all__ = ["S3Place"]

SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class S3Place:
    """Everything of `bucket` whose key begins with `prefix`, which is empty or ends in a slash."""

    bucket: str
    prefix: str = ""

    @classmethod
    def of(cls, text: str) -> S3Place:
        """The place of `s3://bucket/prefix/`; a prefix is taken for a folder.

        Raises `InputError` for what is no place.
        """
        bucket, _, prefix = text.removeprefix(SCHEME).partition("/")
        if not text.startswith(SCHEME) or not bucket:
            raise InputError(f"{text!r} is no place of S3", hint="give s3://bucket/prefix/")
        folder = prefix.rstrip("/")
        return cls(bucket, f"{folder}/" if folder else "")

    def holds(self, bucket: str, key: str) -> bool:
        """Whether an object lies there; of a key's beginning, whether all that it begins do."""
        return bucket == self.bucket and key.startswith(self.prefix)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}"
