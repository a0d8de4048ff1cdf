"""SQL on files of one's own from the shell: a result becomes a file in the workspace."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.conftest import Finops

FOCUS = Path(__file__).parents[1] / "billing" / "data" / "focus_rows.csv"
SUM = "SELECT ProviderName, sum(BilledCost) AS cost FROM focus_rows GROUP BY 1 ORDER BY 1"


def test_a_result_is_written_to_the_data_folder(finops: Finops, workspace: Path) -> None:
    account = ("--account", f"files:{FOCUS}")
    ended = finops("sql", *account, "--output", "costs.json", SUM)
    written = workspace / "data" / "costs.json"
    assert (ended.code, ended.stdout) == (0, f"{written}\n"), ended.stderr
    assert json.loads(written.read_text())["rows"][0] == {
        "ProviderName": "AWS",
        "cost": "10.84567970123",
    }
    refused = finops("sql", *account, "--output", "costs.xlsx", SUM)
    assert refused.code == 2
    assert ".parquet" in refused.stderr


def test_the_account_says_which_bill_it_has_and_what_to_ask(finops: Finops) -> None:
    ended = finops("account", "--account", f"files:{FOCUS}", "--json")
    fields = json.loads(ended.stdout)
    assert fields["bill"] == "files.bill.focus_rows (focus)"
    assert fields["bill's amortized"] == "EffectiveCost"


def test_a_file_holds_every_row_and_the_screen_as_many_as_are_read(
    finops: Finops, workspace: Path
) -> None:
    account = ("--account", f"files:{FOCUS}")
    many = "SELECT n FROM UNNEST(sequence(1, 9999)) AS a(n) UNION ALL SELECT 0 UNION ALL SELECT 0"
    ended = finops("sql", *account, "--output", "all.csv", many)
    assert ended.code == 0, ended.stderr
    assert len((workspace / "data" / "all.csv").read_text().splitlines()) == 1 + 10_001
    assert len(finops("sql", *account, "--csv", many).stdout.splitlines()) == 1 + 10_000
    cut = finops("sql", *account, "--output", "some.csv", "--max-rows", "5", many)
    assert "5" in cut.stderr
    assert len((workspace / "data" / "some.csv").read_text().splitlines()) == 1 + 5
