"""The HTTP edge: bytes to orders, outcomes to bytes."""
