"""Access for further recipients: without moving the body, or as a new version under a new data key."""
