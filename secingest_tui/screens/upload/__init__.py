"""Encrypt, upload, register: the main job."""
