"""How the gateway's table of operations is made: `make policy`, and what holds it in place."""
