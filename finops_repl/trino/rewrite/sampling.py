"""TABLESAMPLE: a percentage of a relation's rows, by chance.

Source: Trino's documentation, SELECT, "TABLESAMPLE": BERNOULLI chooses row by row, SYSTEM whole
segments; neither makes the same choice twice.
"""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Translator

__all__ = ["sampled"]

METHODS = ("BERNOULLI", "SYSTEM")


def sampled(t: Translator, sample: exp.Expr) -> str:
    """The method and percentage as DuckDB writes them."""
    method = str(sample.args.get("method") or "").upper()
    percent = sample.args.get("percent")
    if method not in METHODS:
        text = f"mismatched input '{method or '('}'. Expecting: 'BERNOULLI', 'SYSTEM'"
        raise t.problem("SYNTAX_ERROR", text, sample)
    t.only(sample, "method", "percent")
    if not isinstance(percent, exp.Literal):
        raise t.problem("NOT_SUPPORTED", "The percentage must be a literal here", sample)
    if percent.is_string:
        raise t.problem("TYPE_MISMATCH", "Sample percentage should be a numeric expression", sample)
    if Decimal(percent.name) > 100:
        text = "Sample percentage must be less than or equal to 100"
        raise t.problem("NUMERIC_VALUE_OUT_OF_RANGE", text, sample)
    return f"{method} ({percent.name} PERCENT)"
