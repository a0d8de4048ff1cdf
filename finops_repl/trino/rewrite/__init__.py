"""Trino's SQL as DuckDB's: names resolved, every expression typed as Trino types it.

Nothing passes through by resemblance. Each construct is one that this package knows; its DuckDB
text is built from the leaves up, so that what reaches DuckDB was written here, not by the user.
"""
