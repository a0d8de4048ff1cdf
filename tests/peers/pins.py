"""The versions that are compared: the only place that names them."""

from __future__ import annotations

__all__ = ["KERNEL", "PEERS"]

PEERS = {
    "llm-sandbox": "llm-sandbox[docker]==0.3.46",
    "smolagents": "smolagents[docker]==1.26.0",
    "autogen-ext": "autogen-ext[docker]==0.7.5",
}
"""What is installed for each peer, into an environment of its own."""

KERNEL = ("jupyter_kernel_gateway==3.0.1", "ipykernel==7.4.0")
"""What smolagents needs in its image beyond Python."""
