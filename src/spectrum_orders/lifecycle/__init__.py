"""What changes an order after its capture, and what becomes of its people."""
