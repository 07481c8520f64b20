"""Tenants, credentials, keys."""
