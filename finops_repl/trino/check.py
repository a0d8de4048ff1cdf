"""Is this text exactly one reading statement? Decided on the text first, then by a parser.

Both have to agree: the text because no parser may be cleverer than Athena's (a comment style or
an operator that one of them knows and the other does not would hide a statement from us), the
parser because text alone does not show what is nested.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from finops_repl.trino.problem import SqlProblem

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = [
    "MAX_CHARACTERS",
    "explained",
    "metadata_statement",
    "parse_query",
    "position",
    "read_statement",
    "statement_problem",
    "with_parameters",
]

MAX_CHARACTERS = 262_144
"""Athena's own limit of a query string."""
KEPT_CHARACTERS = 16_384
"""Up to which a statement's tree is kept: it takes 300 times the memory of the text."""

LEXEME = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<unclosed>/\*)
      | (?P<string>(?:[Uu]&)?'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")+")
      | (?P<space>\s+)
      | (?P<word>\w+)
      | (?P<symbol><>|<=|>=|!=|\|\||->|:(?!:)|[-+*/%<>=()\[\],.;?])
    """,
    re.VERBOSE | re.DOTALL,
)

IDENTIFIER = r'(?:\w+|"[^"]+")'
QUALIFIED = rf"{IDENTIFIER}(?:\.{IDENTIFIER}){{0,2}}"
METADATA = re.compile(
    rf"""\s*(?:
        (?P<databases>SHOW\s+(?:DATABASES|SCHEMAS))
      | (?P<tables>SHOW\s+TABLES)(?:\s+(?:IN|FROM)\s+(?P<database>{QUALIFIED}))?
        (?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?
      | (?: (?P<columns>SHOW\s+COLUMNS\s+(?:IN|FROM)|DESCRIBE|DESC)
          | (?P<partitions>SHOW\s+PARTITIONS)
        )\s+(?P<table>{QUALIFIED})
    )\s*+;?\s*+""",
    re.VERBOSE | re.IGNORECASE,
)

EXPLAIN = re.compile(
    r"\s*EXPLAIN(?=[\s(])\s*(?=(?:\(\s*)*(?:SELECT|WITH|VALUES|TABLE)\b)", re.IGNORECASE
)
"""Plain EXPLAIN, which runs nothing: ANALYZE and options, which begin otherwise, are left out."""

FIRST_WORDS = frozenset({"select", "with", "values", "table", "("})
READS = "Only one SELECT statement (WITH, UNION, VALUES included) is run here"
INSTEAD = {
    ("CREATE", "INSERT", "UNLOAD"): "the SELECT in it can be run, and its result kept as a file",
    ("PREPARE", "EXECUTE"): "run its SELECT with the values in place of the question marks",
    ("SHOW", "DESCRIBE", "DESC"): "answered are SHOW TABLES, SHOW COLUMNS IN t, SHOW PARTITIONS t,"
    " DESCRIBE t and SELECT from information_schema",
    ("EXPLAIN",): "plain EXPLAIN of one SELECT passes",
}
"""What to do in place of a statement that begins so."""


def statement_problem(sql: str) -> str | None:
    """Why `sql` is not one reading statement, or None when it is one. Needs no catalog."""
    if metadata_statement(sql):
        return None
    try:
        parse_query(explained(_without_remarks(sql)) or sql)
    except SqlProblem as problem:
        return str(problem)
    return None


def read_statement(
    sql: str, parameters: Sequence[str] = (), *, catalogs: Collection[str] = ()
) -> str:
    """The one reading statement in `sql` as it is to be run: parameters in place, comments gone.

    What Athena then reads is what was read here: positions stay, and nothing is left that two
    lexers could take differently. Tables of a catalog beyond `catalogs` (lower case; empty lets
    all pass) are refused. Raises `SqlProblem`.
    """
    plain = _without_remarks(with_parameters(sql, parameters))
    for catalog in sorted(_catalogs(plain)):
        if catalogs and catalog.lower() not in catalogs:
            raise SqlProblem(
                "NOT_SUPPORTED",
                f"Catalog '{catalog}' is not asked from here",
                hint=f"catalogs: {', '.join(sorted(catalogs))}",
            )
    return plain.strip()


def _catalogs(sql: str) -> set[str]:
    """The catalogs that a reading statement names."""
    metadata = metadata_statement(sql)
    if metadata is None:
        from sqlglot import exp

        tree = parse_query(explained(sql) or sql)
        return {table.catalog for table in tree.find_all(exp.Table)} - {""}
    name, depth = (metadata["table"], 3) if metadata["table"] else (metadata["database"] or "", 2)
    parts = [part.strip('"') for part in re.findall(IDENTIFIER, name)]
    return {parts[0]} if len(parts) >= depth else set()


def metadata_statement(sql: str) -> re.Match[str] | None:
    """SHOW DATABASES, TABLES [IN db] ['like*'], COLUMNS IN t, PARTITIONS t; DESCRIBE t: no more."""
    return METADATA.fullmatch(sql) if len(sql) <= MAX_CHARACTERS else None


def explained(sql: str) -> str | None:
    """The query that a plain EXPLAIN asks the plan of; None for every other text.

    Its place is kept, so that positions are those of the whole.
    """
    found = EXPLAIN.match(sql)
    return " " * found.end() + sql[found.end() :] if found else None


def with_parameters(sql: str, parameters: Sequence[str]) -> str:
    """`sql` with each `?` replaced by a parameter's text, as Athena's execution parameters are.

    The whole is checked afterwards like any other statement. Raises `SqlProblem` where the
    numbers differ.
    """
    given = iter(parameters)
    parts = [next(given, None) if text == "?" else text for _, text in _lexemes(sql)]
    if None in parts or next(given, None) is not None:
        raise SqlProblem("SYNTAX_ERROR", "Incorrect number of parameters")
    return "".join(part for part in parts if part is not None)


def parse_query(sql: str) -> exp.Expr:
    """The syntax tree of the one query in `sql`; raises `SqlProblem` for everything else.

    Nobody changes the tree: the gateway, the account and the translation look at one after another,
    and threads at the same time.
    """
    return _kept_tree(sql) if len(sql) <= KEPT_CHARACTERS else _tree(sql)


@lru_cache(maxsize=16)
def _kept_tree(sql: str) -> exp.Expr:
    return _tree(sql)


def _tree(sql: str) -> exp.Expr:
    _check_text(sql)
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from finops_repl.trino.dialect import parse

    try:
        statements = [tree for tree in parse(sql) if tree is not None]
    except SqlglotError as error:
        raise _syntax_error(error) from None
    except RecursionError:
        raise SqlProblem("SYNTAX_ERROR", "the statement is nested too deeply") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query | exp.Values):
        raise SqlProblem("SYNTAX_ERROR", READS)
    for node in statements[0].walk():
        _check_node(node, sql)
    return statements[0]


def _check_node(node: exp.Expr, sql: str) -> None:
    from sqlglot import exp

    writes = isinstance(node, (exp.DML, exp.DDL, exp.Command)) and not isinstance(node, exp.Query)
    if writes or isinstance(node, (exp.Into, exp.Lock)):
        raise SqlProblem("SYNTAX_ERROR", READS, at=position(node, sql))
    if isinstance(node, exp.TableFromRows) or (
        isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier | exp.Values)
    ):
        text = "Table functions are not run here"
        raise SqlProblem("NOT_SUPPORTED", text, at=position(node, sql))
    if isinstance(node, exp.Identifier) and sql[node.meta.get("start", 0)] == "'":
        text = f"mismatched input ''{node.name}''"
        raise SqlProblem("SYNTAX_ERROR", text, at=position(node, sql))


def position(node: exp.Expr, sql: str) -> tuple[int, int] | None:
    """Line and column (from 1) where `node` begins, as far as the parser kept it."""
    starts = [node.meta["start"]] if "start" in node.meta else []
    starts = starts or [found.meta["start"] for found in node.walk() if "start" in found.meta]
    if not starts:
        return None
    before = sql[: min(starts)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _check_text(sql: str) -> None:
    """Refuse what is outside Trino's lexicon, more than one statement, and other first words."""
    code = [(kind, text) for kind, text in _lexemes(sql) if kind not in ("comment", "space")]
    while code and code[-1][1] == ";":
        code.pop()
    if not code:
        raise SqlProblem("SYNTAX_ERROR", "the statement is empty", hint="write one SELECT")
    if any(text == ";" for _, text in code):
        raise SqlProblem("SYNTAX_ERROR", READS, hint="run one statement after the other")
    first = code[0][1].upper()
    if first.lower() not in FIRST_WORDS:
        hint = next((hint for words, hint in INSTEAD.items() if first in words), "")
        named = " ".join(text.upper() for _, text in code[: 1 + (first in ("SHOW", "CREATE"))])
        raise SqlProblem("SYNTAX_ERROR", f"{READS}, not {named}", hint=hint)


def _without_remarks(sql: str) -> str:
    return "".join(
        re.sub(r"[^\n]", " ", text) if kind == "comment" else text for kind, text in _lexemes(sql)
    )


def _lexemes(sql: str) -> Iterator[tuple[str, str]]:
    if len(sql) > MAX_CHARACTERS:
        raise SqlProblem(
            "SYNTAX_ERROR", f"the statement is longer than {MAX_CHARACTERS} characters"
        )
    at = 0
    while at < len(sql):
        found = LEXEME.match(sql, at)
        if found is None or found.lastgroup == "unclosed":
            line = sql.count("\n", 0, at) + 1
            column = at - (sql.rfind("\n", 0, at) + 1) + 1
            snippet = sql[at : at + 2] if sql.startswith("::", at) else sql[at]
            hint = "use CAST(x AS type)" if snippet == "::" else ""
            raise SqlProblem(
                "SYNTAX_ERROR", f"mismatched input '{snippet}'", at=(line, column), hint=hint
            )
        yield found.lastgroup or "", found.group()
        at = found.end()


def _syntax_error(error: Exception) -> SqlProblem:
    details = getattr(error, "errors", None)
    if not details:
        return SqlProblem("SYNTAX_ERROR", str(error).splitlines()[0])
    first = details[0]
    word = first.get("highlight") or "<EOF>"
    column = max(1, (first.get("col") or 1) - len(word) + 1)
    return SqlProblem("SYNTAX_ERROR", f"mismatched input '{word}'", at=(first["line"], column))
