"""What a box may use of the host."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MAX_INPUT_BYTES", "MAX_TOTAL_BYTES", "MB", "MEMORY_ADVICE", "Limits"]

MB = 1024 * 1024
MAX_INPUT_BYTES = 64 * MB
"""What a run may be given."""
MAX_TOTAL_BYTES = 128 * MB
"""What a run may leave."""
MEMORY_ADVICE = "read less at once: aggregate in SQL, work in pieces"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, processors and processes of one box.

    What lies in a tmpfs counts as memory, so a box gets memory for full folders and, beyond
    them, `process_bytes`: a full folder is ENOSPC to the script and kills nobody.
    """

    process_bytes: int = 256 * MB
    tmp_bytes: int = 64 * MB
    shared_bytes: int = 16 * MB
    cpus: float = 2.0
    pids: int = 128
    open_files: int = 1024
    inodes: int = 20_000

    def memory_bytes(self, work_bytes: int) -> int:
        """The memory of a box whose work folder holds `work_bytes`."""
        return work_bytes + self.tmp_bytes + self.shared_bytes + self.process_bytes
