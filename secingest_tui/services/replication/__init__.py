"""The worker: leases jobs from the server, copies ciphertext between providers, proves what arrived."""
