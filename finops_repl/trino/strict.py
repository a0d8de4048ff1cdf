"""What DuckDB or an easy-going parser would take and Athena refuses: the whole list.

A statement that runs on files or on the simulated account has to run in Athena too. Each line is
held by a test (`tests/trino/test_strictness.py`); "types" means that every expression has Trino's
type and every operator and function Trino's signatures.

| Written | Athena says | Held by |
|---|---|---|
| `x::type`, backticks, `#`, `$$`, `@x`, `{..}`, `^`, `&`, `!x` | mismatched input | lexicon |
| `==`, `<=>`, `->>`, `//`, `**`, `%%` | mismatched input | here |
| `SELECT a, FROM t`, any comma before `)` or a clause | mismatched input | here |
| `LIMIT 10, 5`; `LIMIT` before `OFFSET` | mismatched input | here, translation |
| `FETCH FIRST 0 ROWS`; `WITH TIES` without ORDER BY | must be positive, requires | translation |
| `TABLESAMPLE (5)`, `BERNOULLI (5 PERCENT)`, over 100 | mismatched input, out of range | here |
| a recursive WITH without column names, or too deep | missing column aliases, limit | recursion |
| `[1, 2]` for ARRAY[1, 2] | mismatched input | here |
| `x ISNULL`, `x NOTNULL`, `x IS TRUE` | mismatched input | here, translation |
| `current_date()`, `current_timestamp()` | mismatched input | here |
| CAST to `string`, `float`, `int64`, ..., `array(text)`; `float '1.5'` | unknown type | here |
| `CAST(x AS integer[])`, `DECIMAL(5, 2) '1.5'` | mismatched input | here |
| `a : b` but in json_object, a path without `lax` or `strict` | mismatched input | here, paths |
| `position('a', x)`, `extract(day, x)`, `substring(x FOR 2)` | mismatched input | here, keywords |
| `x NOT NULL`, `x IS UNKNOWN`, `x IN ()`, `FILTER (x > 1)` | mismatched input | here, types |
| listagg without WITHIN GROUP, or with OVER | mismatched input | calls |
| lag, lead without ORDER BY or with a frame; offsets below 0 | requires, cannot | calls |
| names that begin with a digit; `1_000` | mismatched input, identifiers | here |
| reserved words as names (`order`, `table`, `end`, `left`, ...) | mismatched input | here |
| `"text"` in double quotes | Column 'text' cannot be resolved | names |
| `'text'` as an alias or a table | mismatched input | parser |
| `FROM t` first, several statements, anything that writes | mismatched input | check |
| `ILIKE`, `RLIKE`, `SIMILAR TO`, `GLOB`, `DIV` | mismatched input | translation |
| `QUALIFY`, `DISTINCT ON`, `GROUP BY ALL` | mismatched input | translation |
| `* EXCLUDE`, `* REPLACE`, `LATERAL VIEW` | mismatched input | translation |
| `ORDER BY ALL` | Column 'all' cannot be resolved | names |
| an alias in WHERE, GROUP BY or HAVING | Column cannot be resolved | names |
| a column neither grouped nor aggregated | must be an aggregate expression | groups |
| an aggregate or window in WHERE or GROUP BY, or in another | cannot contain | groups |
| varchar against a number or date; `'1' + 1`; `'a' \\|\\| 1` | Cannot apply operator | types |
| IN, BETWEEN, CASE, COALESCE, UNION, VALUES of unlike types | must be the same type | types |
| `NATURAL JOIN` | not supported | translation |
| a condition that is no boolean (`WHERE 1`) | must evaluate to a boolean | types |
| a function that Trino lacks (`nvl`, `to_char`, `len`, `datediff`) | not registered | functions |
| arguments of other types (`sum('a')`, `lower(1)`, `hour(date)`) | Unexpected parameters | types |
| `date + 1`, `INTERVAL 1 DAY`, `INTERVAL '1' WEEK` | operator, syntax | types |
| `date_trunc('hour', date)`, unknown units | not a valid field | functions |
| max or ORDER BY of maps | not orderable | types |
| `count(DISTINCT x) OVER`; `rank()` without OVER | not supported, requires OVER | functions |
| `map['missing']`, `array[9]`, `1 / 0`, overflow, a cast that fails | fails as it runs | guards |
| the same in COALESCE or IS NULL; `split(x, '')`, `split_part(x, '-', 0)` | fails | guards |
| `x LIKE 'a#b' ESCAPE '#'`, a group that the pattern has not | fails | predicates, patterns |

What Athena runs and this does not is refused as NOT_SUPPORTED, by name: the functions that
`rewrite.calls.unsupported_functions()` lists (random() among them), and:
char(n), time, ipaddress and uuid types; a length of varchar within another type, and typeof where
it would have to be known; MATCH_RECOGNIZE; GROUP BY DISTINCT; a recursive WITH by
UNION DISTINCT, or whose step groups, sorts, joins outward or reads itself in a subquery;
TABLESAMPLE of UNNEST and VALUES; patterns, formats, JSON paths, units, time zones and paddings that
are no literals; look-arounds, back-references and possessive quantifiers in patterns, groups that
may take no part in a match, regexp_replace with a lambda, regexp_position with a start; offsets and
zones in texts that are no literals; the letters of zones, eras and clock hours in format_datetime;
%x, %e and %g in format; numbers in JSON that Java writes with an exponent; JSON paths with a dotted
number; of SQL/JSON strict paths, filters, methods and arithmetic in paths, PASSING, documents and
results that are no varchar, several keys of an object that are no literals, and json_table;
grouping by a map that is made of another key or by a lambda, maps as elements that are compared,
comparing maps of nested values, and arrays by `<`; reduce to a string or an array; sequence within
a lambda; array_sort by a comparator of over 1000 elements; ngrams of over 10,000 entries; calls
within calls whose text grows beyond a million characters; URLs with escapes or without a plain
host; hidden columns other than "$path". SHOW CREATE, SHOW VIEWS, SHOW TBLPROPERTIES and DESCRIBE
FORMATTED are refused by name; of information_schema there are schemata, tables and columns.

Where results may still differ from Athena's: json_parse sorts the keys of literals alone; a key
that comes twice is an error to map_agg (Trino keeps one), and the first of two in a JSON text is
taken; SQL/JSON takes text behind a JSON value for an error; approx_distinct and approx_percentile
are exact; in files, an empty CSV cell is NULL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finops_repl.trino.check import LEXEME, position
from finops_repl.trino.problem import ProblemCode, SqlProblem

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["RESERVED", "check_names", "check_words"]

RESERVED_WORDS = """
    alter and as between by case cast constraint create cross cube current_catalog current_date
    current_path current_role current_schema current_time current_timestamp current_user
    deallocate delete describe distinct drop else end escape except execute exists extract false
    for from full group grouping having in inner insert intersect into is join json_array
    json_exists json_object json_query json_table json_value left like listagg localtime
    localtimestamp natural normalize not null on or order outer prepare recursive right rollup
    select skip table then trim true uescape union unnest using values when where with
"""
"""Source: Trino's documentation, "Reserved keywords"."""

RESERVED = frozenset(RESERVED_WORDS.split())

CLAUSES = frozenset({"from", "where", "group", "having", "order", "union", "intersect", "except"})
NOW = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
)
OTHER_TYPES = """
    string float float4 float8 text bool datetime numeric number int2 int4 int8 long short byte
    int16 int32 int64 int128 int256 float32 float64 varchar2 character timestampltz timestampntz
    timestamp_s timestamp_ms timestamp_ns
    uint8 uint16 uint32 uint64 uinteger ubigint hugeint nvarchar bytea blob struct list timestamptz
"""
FOREIGN_TYPES = frozenset(OTHER_TYPES.split())
"""Types that the parser knows under names that Trino does not."""

KNOWN_TYPES = """
    array bigint boolean char date dec decimal double hyperloglog int integer interval ipaddress
    json map p4hyperloglog qdigest real row smallint tdigest time timestamp tinyint uuid
    varbinary varchar
"""
TRINO_TYPES = frozenset(KNOWN_TYPES.split())
JOINED = frozenset({"==", "<=>", "->>", "//", "**", "%%", "=>"})
"""Two lexemes of Trino's side by side that make one operator elsewhere."""

JSON_OBJECT = "json_object"
"""The one place for a colon: json_object('key' : value)."""

SAMPLES = ("bernoulli", "system")

NUMBER = re.compile(r"\d+(e\d*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str
    at: int

    @property
    def lower(self) -> str:
        return self.text.lower() if self.kind == "word" else self.text

    @property
    def is_operand(self) -> bool:
        """Whether it can end an expression: a name, a number, a closing bracket."""
        if self.kind == "word":
            return self.lower not in RESERVED or self.lower in ("end", "null", "true", "false")
        return self.kind in ("name", "string") or self.text in (")", "]")


def check_words(sql: str) -> None:
    """Raise `SqlProblem` for what the words themselves show, in a text that was parsed."""
    words = [
        _Word(found.lastgroup or "", found.group(), found.start())
        for found in LEXEME.finditer(sql)
        if found.lastgroup not in ("comment", "space")
    ]
    end = _Word("", "", len(sql))
    regions: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else end
        after = words[index + 1] if index + 1 < len(words) else end
        for wrong in _wrong(word, before, after, words, index):
            raise _mismatch(sql, wrong)
        inside = regions[-1] if regions else ""
        if word.text == "(":
            casting = before.lower in ("cast", "try_cast")
            of_json = before.lower if before.lower == JSON_OBJECT else ""
            regions.append("cast" if casting else "type" if inside == "type" else of_json)
        elif word.text == ")" and regions:
            regions.pop()
        elif word.lower == "as" and inside == "cast":
            regions[-1] = "type"
        elif (word.text == "[" and inside == "type") or (
            word.text == ":" and inside != JSON_OBJECT
        ):
            raise _mismatch(sql, word)
        if _is_foreign_type(word, before, after, inside):
            raise _problem(sql, word, "TYPE_NOT_FOUND", f"Unknown type: {word.text}")


def _is_foreign_type(word: _Word, before: _Word, after: _Word, inside: str) -> bool:
    """Whether a type stands here that Trino does not know; `inside` is `type` behind CAST's AS."""
    if word.kind != "word":
        return False
    if (inside == "type" and before.lower == "as") or before.lower == "returning":
        return word.lower not in TRINO_TYPES
    names_a_field = inside == "type" and after.kind == "word"
    stands_alone = inside == "type" or after.kind == "string"
    return word.lower in FOREIGN_TYPES and stands_alone and not names_a_field


def _wrong(
    word: _Word, before: _Word, after: _Word, words: list[_Word], index: int
) -> Iterator[_Word]:
    """The word at which Athena's parser stops, if it stops here."""
    touching = after.at == word.at + len(word.text) and word.kind == after.kind == "symbol"
    if touching and word.text + after.text in JOINED:
        yield after
    if word.text == "," and (after.text in ("", ")", "]", ",") or after.lower in CLAUSES):
        yield after
    if word.lower == "limit" and after.text.isdigit() and _text(words, index + 2) == ",":
        yield words[index + 2]
    if word.lower == "percent" and after.text == ")" and _text(words, index - 3).lower() in SAMPLES:
        yield word
    if word.text == ")" and after.kind == "string":
        yield after
    if word.lower == "filter" and before.text == ")" and _text(words, index + 2).lower() != "where":
        yield words[min(index + 2, len(words) - 1)]
    if word.lower == "for" and after.text == ")":
        yield after
    if word.lower == "is" and after.lower == "unknown":
        yield after
    if word.lower == "not" and after.lower == "null" and before.is_operand:
        yield after
    if word.lower in ("position", "extract") and after.text == "(":
        yield from _first_comma(words, index + 1)
    if word.lower == "extract" and after.text == "(" and _kind(words, index + 2) != "word":
        yield words[min(index + 2, len(words) - 1)]
    if word.text == "[" and before.lower != "array" and not before.is_operand:
        yield word
    if word.lower in ("isnull", "notnull") and after.text != "(" and before.is_operand:
        yield word
    if word.lower in NOW and after.text == "(" and _text(words, index + 2) == ")":
        yield words[index + 2]
    starts_with_digit = word.kind == "word" and word.text[0].isdigit()
    if starts_with_digit and not NUMBER.fullmatch(word.text):
        yield word


def _first_comma(words: list[_Word], opening: int) -> Iterator[_Word]:
    """The comma between two arguments of the call whose bracket is `opening`, if there is one."""
    depth = 0
    for word in words[opening:]:
        depth += (word.text in ("(", "[")) - (word.text in (")", "]"))
        if depth == 0:
            return
        if depth == 1 and word.text == ",":
            yield word
            return


def _kind(words: list[_Word], index: int) -> str:
    return words[index].kind if index < len(words) else ""


def _text(words: list[_Word], index: int) -> str:
    return words[index].text if 0 <= index < len(words) else ""


def check_names(tree: exp.Expr, sql: str) -> None:
    """Raise `SqlProblem` for a reserved word that is used as a name without quotes."""
    from sqlglot import exp

    for node in tree.find_all(exp.Identifier):
        name = node.name
        if not node.args.get("quoted") and name.lower() in RESERVED and "start" in node.meta:
            text = f"mismatched input '{name}'. Expecting: <identifier>"
            hint = f'it is reserved: write "{name}"'
            raise SqlProblem("SYNTAX_ERROR", text, at=position(node, sql), hint=hint)


def _mismatch(sql: str, word: _Word) -> SqlProblem:
    return _problem(sql, word, "SYNTAX_ERROR", f"mismatched input '{word.text or '<EOF>'}'")


def _problem(sql: str, word: _Word, code: ProblemCode, text: str) -> SqlProblem:
    line = sql.count("\n", 0, word.at) + 1
    column = word.at - (sql.rfind("\n", 0, word.at) + 1) + 1
    return SqlProblem(code, text, at=(line, column))
