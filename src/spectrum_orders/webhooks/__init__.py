"""Webhooks: who is registered, and one signed message to one address."""
