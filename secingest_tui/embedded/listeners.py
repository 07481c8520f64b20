"""Whose a listening port is.

A port is chosen, let go, and bound by the child a second later. Another user's process that binds it in
between would answer in the child's stead, and be sent the admin key: so who listens is looked up before
anybody is told that the stack is ready.
"""

from __future__ import annotations

import sys
from pathlib import Path

_LISTEN = "0A"


def listens(pid: int, port: int) -> bool:
    """Whether the process itself listens on this port. Only Linux tells; elsewhere always true."""
    if sys.platform != "linux":
        return True
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    try:
        return any(str(link.readlink()) in wanted for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        # It ended, or a descriptor closed under the look: the next probe sees more.
        return False


def _inodes(port: int) -> set[str]:
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTEN and int(fields[1].partition(":")[2], 16) == port:
            found.add(fields[9])
    return found
