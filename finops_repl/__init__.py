"""finops-repl: a terminal chat agent for AWS cost analysts."""

__version__ = "0.1.0"
