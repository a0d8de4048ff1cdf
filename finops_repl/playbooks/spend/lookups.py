"""Names that only the bill knows: how it writes a tag's key, and whether it has such an account."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from finops_repl.base.errors import nearest
from finops_repl.playbooks.dimensions import is_tag, tag_key
from finops_repl.playbooks.filters import Filter
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.spend.scope import Scope
from finops_repl.playbooks.steps import Outcome, PlaybookStopped, Step, ToolCall
from finops_repl.trino.bill_columns import squeezed

__all__ = ["looked_up", "there_is"]

MOST = 200


def looked_up(scope: Scope) -> Generator[Step, tuple[Outcome, ...], Scope]:
    """The scope with its tags; stops at a tag, an account or a tag's value that is not there."""
    wanted = [tag_key(each) for each in scope.asked.dimensions if is_tag(each)]
    if wanted:
        keys = yield from _keys(scope)
        scope = replace(scope, tags={key: _tag(scope, key, keys) for key in wanted})
    for each in scope.asked.filters:
        if each.of == "account" or is_tag(each.of):
            yield from _check(scope, each)
    return scope


def _keys(scope: Scope) -> Generator[Step, tuple[Outcome, ...], tuple[str, ...]]:
    """The keys of users' tags in the bill as it writes them; empty where it cannot list them."""
    columns = scope.bill.columns
    if columns.tags == "":
        raise PlaybookStopped(
            f"the table {scope.bill.table} has no tags",
            hint="ask by service, account or region; tags appear in a bill once they are activated "
            "as cost allocation tags",
        )
    if columns.tags == "columns":
        return tuple(columns.tag_columns or {})
    if columns.tags == "json":
        return ()
    held = (columns.tag_columns or {})[""]
    (outcome,) = yield Step(
        "I look which tags the bill has.",
        (
            ToolCall(
                "query_bill",
                {
                    "sql": f"SELECT DISTINCT key AS part_1 FROM {scope.bill.table}"  # noqa: S608
                    f" CROSS JOIN UNNEST(map_keys({held})) AS tag (key)"
                    f" WHERE {scope.within()} ORDER BY 1",
                    "max_rows": MOST,
                },
            ),
        ),
    )
    keys = tuple(str(row["part_1"]) for row in outcome.records())
    if columns.kind == "focus":
        return keys
    return tuple(key.removeprefix("user_") for key in keys if key.startswith("user_"))


def _tag(scope: Scope, key: str, keys: tuple[str, ...]) -> str:
    """The tag's expression by the bill's own spelling of its key."""
    alike = [each for each in keys if squeezed(each) in (squeezed(key), f"user{squeezed(key)}")]
    if keys and not alike:
        raise PlaybookStopped(
            f'the bill has no tag "{plain(key)}" in {scope.periods[-1].words}; a tag that is not '
            "activated as a cost allocation tag is not in a bill",
            hint=f"the tags there: {', '.join(map(plain, keys))}",
        )
    if len(alike) > 1 and key not in alike:
        raise PlaybookStopped(
            f'the bill has several tags "{plain(key)}": {", ".join(map(plain, alike))}',
            hint="ask with SQL by /sql which of them is meant",
        )
    spelt = key if key in alike or not alike else alike[0]
    return scope.bill.columns.tag(spelt)


def _check(scope: Scope, named: Filter) -> Generator[Step, tuple[Outcome, ...], None]:
    """Stops where one of the values is not there: the others alone would answer less."""
    here = scope.condition(replace(named, out=False))
    (found,) = yield Step(
        f"I look for {plain(named.words)}.", (_distinct(scope, named, f" AND {here}"),)
    )
    known = {str(row[part]) for row in found.records() for part in ("part_1", "part_2")}
    if named.of == "account":
        known |= {each.lower() for each in known}
    missing = [each for each in named.values if _folded(named, each) not in known]
    if not missing:
        return
    (there,) = yield Step("I look what the bill holds instead.", (_distinct(scope, named, ""),))
    names = tuple(str(row["part_1"]) for row in there.records())
    what = "account" if named.of == "account" else tag_key(named.of)
    close = nearest(missing[0], names)
    held = there_is(f"{what}s", names)
    meant = f"did you mean {plain(close[0])}? {held[:1].upper()}{held[1:]}" if close else held
    raise PlaybookStopped(
        f"the bill has no {what} {' or '.join(map(plain, missing))} in {scope.periods[-1].words}",
        hint=meant,
    )


def _distinct(scope: Scope, named: Filter, where: str) -> ToolCall:
    columns = scope.bill.columns
    part = scope.part(named.of)
    other = f"cast({columns.account} AS varchar)" if named.of == "account" else part
    return ToolCall(
        "query_bill",
        {
            "sql": f"SELECT DISTINCT {part} AS part_1, {other} AS part_2"  # noqa: S608
            f" FROM {scope.bill.table} WHERE {scope.within()}{where} ORDER BY 1",
            "max_rows": MOST,
        },
    )


def _folded(named: Filter, value: str) -> str:
    return value.lower() if named.of == "account" else value


def there_is(kind: str, names: tuple[str, ...]) -> str:
    """`the accounts there: ...`."""
    told = ", ".join(plain(each or "(none)") for each in names)
    return f"the {kind} there: {told}" if names else ""
