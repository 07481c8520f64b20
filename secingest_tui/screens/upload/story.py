"""The form read back as sentences: what will happen, and what is missing for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from secingest_tui.models.directory import BackendView
from secingest_tui.screens.upload.rules import Draft
from secingest_tui.text import join, size


def story(draft: Draft, wrong: Mapping[str, str], backends: Sequence[BackendView]) -> Content:
    """For the panel beside the form on wide terminals."""
    known = {backend.id: backend for backend in backends}
    what = draft.path.rstrip("/").rpartition("/")[2] or "…"
    length = "" if draft.source is None or draft.source.size is None else ", " + size(draft.source.size)
    place = known.get(draft.backend)
    steps = [
        ("1  Encrypt", join("on this machine, with a fresh key: ", (what, "bold"), length)),
        ("2  Lock", join("that key for ", (", ".join(draft.recipients) or "…", "bold"))),
        ("3  Sign", join("so that nobody can slip you another object")),
        ("4  Upload", join("ciphertext to ", (draft.backend or "…", "bold"), _country(place))),
        (
            "5  Register",
            join("as ", (draft.object_key or "…", "bold"), ", version ", (draft.version or "…", "bold")),
        ),
    ]
    if draft.targets:
        steps.append(("6  Copy", join("to ", (", ".join(draft.targets), "bold"), ", in the background")))
    parts = [join(("What will happen", "bold")), Content("")]
    for title, text in steps:
        parts += [join((title, "bold $accent")), Content("   ") + text]
    parts.append(Content(""))
    if wrong:
        parts.append(join(("Still missing", "bold")))
        parts += [join(("   ○ ", "$warning"), reason) for reason in wrong.values()]
    else:
        parts.append(
            join(
                ("✓ ", "$success"),
                "Ready. F9 checks it against the server; nothing is sent before you agree.",
            )
        )
    return Content("\n").join(parts)


def _country(backend: BackendView | None) -> str:
    return "" if backend is None else " (" + (backend.country or "unknown country") + ")"
