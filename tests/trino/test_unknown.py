"""A name that is not there is refused with what would help: what is called so here, or nearly."""

from __future__ import annotations

import pytest

from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.room import SqlRoom


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SELECT line_item_unblended_cots FROM cur2", "did you mean line_item_unblended_cost"),
        ("SELECT BilledCost FROM cur2", "here it is line_item_unblended_cost"),
        ("SELECT resource_tags_user_team FROM cur2", "element_at(resource_tags, 'user_team')"),
        ("SELECT tags['team'] FROM cur2", "here it is resource_tags"),
        ("SELECT year FROM cur2", "here it is billing_period"),
        ("SELECT c.year FROM cur2 AS c, numbers", "here it is billing_period"),
        ("SELECT n.year FROM cur2 AS c, numbers AS n", "columns: n, word, amount"),
        ("SELECT zzzz FROM numbers", "columns: n, word, amount"),
        ("SELECT zzzz FROM (SELECT 1 AS a, 2 AS b)", "columns: a, b"),
        ("SELECT x.n FROM numbers AS a, cur2", "nothing in FROM is called x: there is a, cur2"),
        ("SELECT word AS w FROM numbers GROUP BY w", "an alias is known to ORDER BY alone"),
        ("SELECT n + 1 AS m FROM numbers WHERE m = 1", "an alias is known to ORDER BY alone"),
        ("SELECT n + 1 AS m, m * 2 FROM numbers", "an alias is known to ORDER BY alone"),
        ("SELECT * FROM cur", "tables: cur2"),
        ("SELECT * FROM mybill", "tables: cur2, numbers"),
        ("SELECT * FROM mydb.cur2", "tables: billing.cur2"),
        ("SELECT * FROM information_schema.views", "tables: columns, schemata, tables"),
        ("WITH monthly AS (SELECT 1) SELECT * FROM montly", "tables: monthly, cur2, numbers"),
        ("SELECT * FROM numbers WHERE n = ?", "write the value in its place"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_told_what_helps(room: SqlRoom, sql: str, hint: str) -> None:
    with pytest.raises(SqlProblem) as refused:
        room.query(sql)
    assert hint in refused.value.hint


def test_a_wide_table_without_any_near_name_is_to_be_listed(room: SqlRoom) -> None:
    wide = "SELECT * FROM cur2 AS a JOIN cur2 AS b ON a.rows_behind = b.rows_behind WHERE zzzz = 1"
    with pytest.raises(SqlProblem) as refused:
        room.query(wide)
    assert refused.value.hint == "SHOW COLUMNS FROM cur2 lists those there are"
