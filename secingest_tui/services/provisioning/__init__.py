"""Tenants at the providers: users, keys and quotas, by whatever way in a provider offers."""
