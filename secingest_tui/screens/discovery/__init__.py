"""The discovery screen."""
