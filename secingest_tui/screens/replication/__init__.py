"""The replication screen."""
