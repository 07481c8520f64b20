"""The metadata server: pointers and policies, never payload, keys or provider credentials."""
