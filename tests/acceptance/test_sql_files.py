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
