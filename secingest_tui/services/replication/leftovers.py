"""Part-done copies whose jobs are over: aborted at the target, forgotten here."""

from __future__ import annotations

from contextlib import suppress

from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused, TenantClient
from secingest_tui.services.replication.journal import CopyJournal, journals
from secingest_tui.services.workspace import Workspace

OVER = frozenset({"succeeded", "cancelled", "blocked", "dead"})


def clear_leftovers(workspace: Workspace, client: TenantClient) -> int:
    """Clear what no attempt will go on from; how many. Raises ServerUnreachable."""
    cleared = 0
    for path in journals(workspace.home.copies_dir):
        journal = CopyJournal.take(path)
        if journal is None:
            continue
        start = journal.start
        try:
            over = start is None or client.job(start.job).state in OVER
        except ServerRefused as error:
            over = error.status == 404
        except BaseException:
            journal.close()
            raise
        if not over:
            journal.close()
            continue
        if start is not None:
            with suppress(SecingestError):
                workspace.store(start.backend, start.tenant).abort(start.bucket, start.key, start.upload_id)
        journal.remove()
        cleared += 1
    return cleared
