"""Reads every byte of an image, its layers and its configuration, looking for given texts."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import docker

CHUNK = 8 * 1024 * 1024


def find_in_image(
    client: docker.DockerClient, tag: str, texts: Iterable[bytes], folder: Path
) -> set[bytes]:
    """Those of `texts` that stand anywhere in what `docker save` writes for the image."""
    archive = folder / "image.tar"
    with archive.open("wb") as out:
        for chunk in client.images.get(tag).save(chunk_size=CHUNK):
            out.write(chunk)
    texts = set(texts)
    found: set[bytes] = set()
    with tarfile.open(archive) as tar:
        for member in tar:
            if content := tar.extractfile(member):
                for chunk in _overlapping(content, max(map(len, texts))):
                    found |= {text for text in texts - found if text in chunk}
    archive.unlink()
    return found


def _overlapping(content: IO[bytes], overlap: int) -> Iterator[bytes]:
    """The content in chunks, each with the end of the one before it."""
    is_compressed = content.read(2) == b"\x1f\x8b"  # engines with the containerd store do that
    content.seek(0)
    plain = gzip.GzipFile(fileobj=content) if is_compressed else content
    end = b""
    while chunk := plain.read(CHUNK):
        yield end + chunk
        end = chunk[-overlap:]
