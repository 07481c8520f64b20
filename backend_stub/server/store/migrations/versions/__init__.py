"""One module a migration; released ones never change."""
