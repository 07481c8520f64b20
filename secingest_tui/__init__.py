"""The customer's side of the trust boundary: encryption, transfer, provisioning, worker and screens."""

__version__ = "0.1.0"
