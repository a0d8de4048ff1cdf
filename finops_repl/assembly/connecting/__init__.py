"""Connecting a real account: who asks, what it has of a bill, and what is kept of the answers."""
