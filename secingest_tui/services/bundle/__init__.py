"""Encrypt without uploading, for customers who upload with their own software; then register what arrived."""

from secingest_tui.services.bundle.make import Bundle, make_bundle
from secingest_tui.services.bundle.register import register_bundle

__all__ = ["Bundle", "make_bundle", "register_bundle"]
