"""Stand-ins of services that tests talk to over the wire with their real clients."""
