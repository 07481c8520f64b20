"""The live probe: what an endpoint really does, found out with one's own credentials.

``service.probe_backend`` is the whole of it: it asks (``run.py``, one file a subject), cleans up after itself
also after a crash (``journal.py``, ``workplace.py``), keeps the report (``results.py``) and has it used
(``use.py``). Answers, results and use load no S3 client.
"""

from __future__ import annotations

from secingest_tui.services.providers.probe.answers import QUESTIONS, Answer, ProbeReport, Residue, Verdict

__all__ = ["QUESTIONS", "Answer", "ProbeReport", "Residue", "Verdict"]
