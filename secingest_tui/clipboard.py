"""Copying over SSH: OSC 52, which terminals may ignore and never answer."""

from __future__ import annotations

from textual.app import App

# Terminals cap what they take: xterm's and tmux's buffers are the smallest in common use.
_MOST = 70_000


def send(app: App[object], text: str, what: str) -> str:
    """Ask the terminal to put ``text`` on its clipboard; returns what can honestly be said then."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return f"{what} was not copied: it holds bytes that are not text. v shows it in full."
    if length > _MOST:
        return f"{what} was not copied: {length:,} bytes are more than terminals take. v shows it in full."
    app.copy_to_clipboard(text)
    return (
        f"{what} sent to the terminal. If pasting gives nothing: v shows it in full (tmux: set-clipboard on)."
    )
