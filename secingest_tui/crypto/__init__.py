"""Encryption: the object format, the keys that open it and the signature that says who wrote it.

Nothing here reads the configuration, the network or a clock; everything works on bytes,
so that an object can be checked and opened with this package and a private key alone.
``docs/object-format.md`` is the description of the bytes.
"""
