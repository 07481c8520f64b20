"""Restore drills: random objects, restored from a random copy and verified; the result is on record."""

from secingest_tui.services.drill.run import DrillRequest, run_drill

__all__ = ["DrillRequest", "run_drill"]
