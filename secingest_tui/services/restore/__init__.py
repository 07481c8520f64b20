"""From a registered object back to plaintext: find, fetch, verify, decrypt."""
