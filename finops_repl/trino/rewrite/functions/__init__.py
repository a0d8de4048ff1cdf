"""The functions that SQL may call: each with Trino's signatures and its DuckDB text.

A function is here when its results equal Trino's; the list is closed and everything else is
"not registered". `registry.py` says how an entry reads.
"""
