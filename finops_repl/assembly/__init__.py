"""Puts the rooms together for one session: the only place that knows all of them."""
