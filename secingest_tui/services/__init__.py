"""What the product does, without a screen: each service is usable from the CLI, the screens and a test."""
