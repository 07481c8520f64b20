"""Erasure: everything of an object version removed at every provider, and a signed proof of it."""
