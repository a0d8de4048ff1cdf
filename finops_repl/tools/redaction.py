"""Secrets that must not reach the model by a tool's result, whatever text holds them."""

from __future__ import annotations

import re

__all__ = ["REDACTED", "redact"]

REDACTED = "[redacted]"

SECRETS = (
    re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    re.compile(r"\bsk-ant-[A-Za-z0-9_-]{16,}"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
    ),
)
NAMED = re.compile(
    r"(?i)((?:aws_)?(?:secret_?access_?key|session_?token|security_?token|secret_?key)"
    r"|password|passwd|authorization: *bearer)"
    r"(['\"]?\s*[:=]?\s*['\"]?)([A-Za-z0-9/+=_.~-]{16,})"
)


def redact(text: str) -> str:
    """`text` with access keys, tokens and named secrets replaced by `[redacted]`."""
    for secret in SECRETS:
        text = secret.sub(REDACTED, text)
    return NAMED.sub(rf"\1\2{REDACTED}", text)
