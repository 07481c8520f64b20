"""A probe in a process of its own, to be killed: settings as JSON on standard input, a line an answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from secingest_tui.config import Backend
from secingest_tui.paths import Home
from secingest_tui.services.providers.probe.answers import Answer
from secingest_tui.services.providers.probe.run import Probe, run_probe
from secingest_tui.storage import S3Settings


def tell(answer: Answer) -> None:
    print(answer.id, flush=True)


def main() -> None:
    given = json.loads(sys.stdin.readline())
    settings = S3Settings(**given["settings"])
    backend = Backend(id="probed", endpoint=given["settings"]["endpoint"])
    run_probe(Probe(home=Home(Path(given["home"])).prepare(), backend=backend, settings=settings, tell=tell))


if __name__ == "__main__":
    main()
