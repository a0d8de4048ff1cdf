"""How requests are read: no value is taken where a second reader would take another."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import gateway
from tests.prove.door_defences import AMBIGUOUS, HOSTILE

__all__ = ["READING_DEFENCES"]

READING = "aws/test_reading.py::test_"
TWICE = f"{HOSTILE}[tunnel-two values"
VALUES = f"{HOSTILE}[tunnel-values"
BODIES = f"{HOSTILE}[tunnel-foreign bodies"

ONE_VALUE: Final = (
    gateway(
        "no name twice in JSON",
        "aws/wire/json_body",
        "if len(fields) != len(pairs):",
        "if len(fields) > len(pairs):",
        f"{TWICE}: json]",
        f"{TWICE}: json deep down]",
        f"{TWICE}: json escaped]",
    ),
    gateway(
        "no name twice in CBOR",
        "aws/wire/cbor_items",
        "if key in fields:",
        "if not fields is fields:",
        f"{TWICE}: cbor]",
        f"{TWICE}: cbor of no length]",
    ),
    gateway(
        "no field twice in a form",
        "aws/wire/form_body",
        "if node.text is not None:",
        "if not name:",
        f"{TWICE}: form]",
        f"{TWICE}: form escaped]",
        f"{AMBIGUOUS}[a field twice]",
    ),
    gateway(
        "one way to number a list",
        "aws/wire/form_body",
        "if not all(_INDEX.fullmatch(key) for key in self.below):",
        "if not all(key.isdigit() for key in self.below):",
        f"{TWICE}: form by a number written twice]",
    ),
    gateway(
        "no list as one value",
        "aws/wire/form_body",
        'if self.text:\n            raise _malformed("a list',
        'if not self:\n            raise _malformed("a list',
        f"{TWICE}: form as value and as list]",
    ),
    gateway(
        "no list in another place",
        "aws/wire/form_body",
        "if form.text or set(form.below) - {name}:",
        "if not name:",
        f"{READING}map_of_a_form_holds_each_key_once",
    ),
    gateway(
        "no key twice in a form's map",
        "aws/wire/form_body",
        "if len(dict(entries)) != len(entries):",
        "if len(dict(entries)) > len(entries):",
        f"{READING}map_of_a_form_holds_each_key_once",
    ),
    gateway(
        "no element twice in XML",
        "aws/wire/xml_body",
        "if len(found) > 1:",
        "if not found:",
        f"{TWICE}: xml]",
    ),
    gateway(
        "no query parameter twice",
        "aws/wire/rest_fields",
        "if len(values) > 1:",
        "if not values:",
        f"{TWICE}: query]",
    ),
    gateway(
        "no two operations in a query",
        "aws/wire/paths",
        "if not all(set(literals) <= set(template.literals) for literals in named):",
        "if not named:",
        f"{HOSTILE}[tunnel-two operations: two subresources]",
    ),
    gateway(
        "no two signatures",
        "aws/wire/credential",
        "if len(presigned) + len(legacy) + bool(authorization) > 1:",
        "if len(presigned) + len(legacy) + bool(authorization) > 2:",
        f"{AMBIGUOUS}[signed in header and query]",
    ),
    gateway(
        "no two credentials",
        "aws/wire/credential",
        'authorization.count("Credential=") > 1:',
        'authorization.count("Credential=") > 2:',
        f"{HOSTILE}[tunnel-signatures: two credentials]",
    ),
    gateway(
        "the signature's own service",
        "aws/wire/route",
        "candidates = tuple(entry for entry in signed if entry in candidates)",
        "pass",
        f"{AMBIGUOUS}[signed for one service, naming another]",
    ),
    gateway(
        "a link's signature is no parameter",
        "aws/wire/parse",
        "claimed = QUERY_SIGNATURE | {",
        "claimed = {",
        f"{READING}signature_of_a_link_is_no_parameter",
    ),
)

PLAIN_VALUES: Final = (
    gateway(
        "AWS's numbers",
        "aws/wire/scalars",
        "if not style.fullmatch(text):",
        "if not text:",
        f"{VALUES}: form: python's numbers]",
        f"{VALUES}: form: other digits]",
    ),
    gateway(
        "64 bits",
        "aws/wire/scalars",
        "if not -(1 << 63) <= value < 1 << 63:",
        "if not -(1 << 99) <= value < 1 << 99:",
        f"{VALUES}: a number beyond 64 bits]",
        f"{VALUES}: cbor: beyond 64 bits]",
    ),
    gateway(
        "whole characters",
        "aws/wire/json_body",
        'if b"\\\\u" in body:',
        'if b"\\\\u" in b"":',
        f"{VALUES}: json: half a character]",
    ),
    gateway(
        "UTF-8 in a path",
        "aws/wire/paths",
        'unquote(label, errors="strict")',
        "unquote(label)",
        f"{HOSTILE}[tunnel-places: no utf-8]",
    ),
    gateway(
        "depth of a document",
        "aws/wire/parse",
        "except RecursionError:",
        "except ZeroDivisionError:",
        f"{VALUES}: json: nested filters]",
    ),
    gateway(
        "size of a document",
        "aws/wire/framing",
        "if len(request.body) > MAX_DOCUMENT_BYTES:",
        "if len(request.body) > 100 * MAX_DOCUMENT_BYTES:",
        f"{READING}body_over_the_limit_is_refused",
        f"{VALUES}: json: more than anyone asks]",
    ),
    gateway(
        "no entities",
        "aws/wire/xml_body",
        "def doctype(self",
        "def nothing(self",
        f"{VALUES}: xml: a bomb]",
    ),
    gateway(
        "documents in no chunks",
        "aws/wire/framing",
        'if _is_chunked(request) or coding not in ("", "identity", "gzip"):',
        "if not coding and coding:",
        f"{BODIES}: a form in aws-chunks]",
        f"{BODIES}: a target in a signed chunk's trailer]",
        f"{BODIES}: an encoding nobody undoes]",
    ),
    gateway(
        "checksums alone in trailers",
        "aws/wire/framing",
        "if len(names) != len(lines):",
        "if len(names) > len(lines):",
        f"{BODIES}: an upload's trailer with another header]",
    ),
    gateway(
        "an upload as long as it says",
        "aws/wire/framing",
        "if declared and declared != str(len(body)):",
        "if declared and not declared:",
        f"{BODIES}: an upload longer than it says]",
    ),
    gateway(
        "no body on a GET",
        "aws/wire/parse",
        'if request.method in ("GET", "HEAD"):',
        'if request.method == "HEAD":',
        f"{BODIES}: a body where there is none]",
    ),
)

READING_DEFENCES: Final = (*ONE_VALUE, *PLAIN_VALUES)
