"""What changes an order after its capture. Every function runs in the caller's transaction."""
