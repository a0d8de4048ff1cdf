"""Maps as keys of GROUP BY, DISTINCT and PARTITION BY: equal whatever the order of their entries.

DuckDB compares maps entry by entry, so that a key holds them in the order of their own keys.
"""

from __future__ import annotations

from finops_repl.trino.rewrite.typed import field_of
from finops_repl.trino.types import Type, quoted

__all__ = ["holds_map", "ordered"]


def holds_map(of: Type) -> bool:
    """Whether values of this type are maps or have maps in them."""
    return of.name == "map" or any(map(holds_map, of.args))


def ordered(sql: str, of: Type) -> str:
    """A value with the entries of its maps in the order of their keys; others as they are.

    The same text gives the same text: DuckDB knows an expression of GROUP BY again by it.
    """
    return _ordered(sql, of, depth=0)


def _ordered(sql: str, of: Type, depth: int) -> str:
    if not holds_map(of):
        return sql
    each = f"m{depth}"
    if of.name == "array":
        return f"list_transform({sql}, lambda {each}: {_ordered(each, of.args[0], depth + 1)})"
    if of.name == "row":
        fields = ", ".join(
            f"{quoted(name or f'field{index}')} := "
            + _ordered(field_of(sql, of, index), of.args[index], depth + 1)
            for index, name in enumerate(of.fields)
        )
        return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({fields}) END"
    entries = f"map_entries({sql})"
    if any(map(holds_map, of.args)):
        key, value = (
            _ordered(f'{each}."{part}"', arg, depth + 1)
            for part, arg in zip(("key", "value"), of.args, strict=True)
        )
        pair = f"{{'key': {key}, 'value': {value}}}"
        entries = f"list_transform({entries}, lambda {each}: {pair})"
    return f"map_from_entries(list_sort({entries}))"
