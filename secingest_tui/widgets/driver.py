"""The terminal's driver, made to survive input that is not UTF-8."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver


class TolerantDriver(LinuxDriver):
    """Textual 8.2.8 ends the application when one byte it reads is not UTF-8: a Latin-1 file name
    pasted into a field would take the uploads with it. This drops what was read then, and says so.
    """

    def run_input_thread(self) -> None:
        """Textual's loop, started again after such a byte."""
        while not self.exit_event.is_set():
            try:
                super().run_input_thread()
            except UnicodeDecodeError:
                self._app.call_from_thread(
                    self._app.notify,
                    "What was pasted is not UTF-8 text and was dropped. A file can be chosen with F8.",
                    severity="warning",
                )
