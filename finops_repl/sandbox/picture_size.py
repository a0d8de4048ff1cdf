"""Width and height of a picture, read from its header: PNG, JPEG, GIF, WebP, SVG.

Nothing is decoded. A file of a script is hostile input: no more than its first bytes is read, and
what is not where the format puts it makes the file no picture.
Sources: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, RFC 9649 (WebP), SVG 2 and its CSS units.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import BinaryIO

__all__ = ["picture_size"]

Size = tuple[int, int]

HEAD_BYTES = 256 * 1024
"""A JPEG may hold a preview and colour profiles before its size, an SVG a long comment."""
MAX_SEGMENTS = 200
PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
NUMBER = r"(\d{1,7}(?:\.\d{1,9})?)"
SVG_ROOT = re.compile(r"<svg\s[^>]*>", re.ASCII)
LENGTH = re.compile(rf"\s*{NUMBER}(px|pt|pc|in|cm|mm)?\s*", re.ASCII)
VIEW_BOX = re.compile(rf"\s*\S+[\s,]+\S+[\s,]+{NUMBER}[\s,]+{NUMBER}\s*", re.ASCII)


def picture_size(name: str, content: BinaryIO) -> Size | None:
    """Width and height in pixels; None for what is no picture of the kind that its name says."""
    read = PICTURES.get(name.rpartition(".")[2].lower())
    if read is None:
        return None
    content.seek(0)
    size = read(content.read(HEAD_BYTES))
    return size if size and min(size) > 0 else None


def _png(head: bytes) -> Size | None:
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> Size | None:
    if len(head) < 10 or head[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _jpeg(head: bytes) -> Size | None:
    """The size stands in the frame's segment, behind segments that say their own length."""
    if head[:2] != b"\xff\xd8":
        return None
    at = 2
    for _ in range(MAX_SEGMENTS):
        if at + 9 > len(head) or head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        (length,) = struct.unpack_from(">H", head, at + 2)
        at += 2 + length if marker != 0xFF else 1  # 0xFF may fill up to a marker
    return None


def _webp(head: bytes) -> Size | None:
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8L" and head[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _svg(head: bytes) -> Size | None:
    """Of the root's width and height, else of its view box; no XML is read, and no entity."""
    text = head.decode("utf-8", "replace")
    begin = text.find("<svg")
    root = SVG_ROOT.match(text, begin) if begin >= 0 else None
    if root is None:
        return None
    attributes = dict(re.findall(r"\s(width|height|viewBox)\s*=\s*[\"']([^\"']{0,100})", root[0]))
    lengths = [LENGTH.fullmatch(attributes.get(name, "")) for name in ("width", "height")]
    if all(lengths):
        width, height = (float(found[1]) * PIXELS[found[2] or ""] for found in lengths if found)
    elif box := VIEW_BOX.fullmatch(attributes.get("viewBox", "")):
        width, height = float(box[1]), float(box[2])
    else:
        return None
    return round(width), round(height)


PICTURES: dict[str, Callable[[bytes], Size | None]] = {
    "png": _png,
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "gif": _gif,
    "webp": _webp,
    "svg": _svg,
}
"""What reads a picture's size, by the file's suffix."""
