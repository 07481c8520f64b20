"""The snapshots screen."""
