"""The metadata screen."""
