"""A real account's answers are kept between starts, under its own name; a simulated one's never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from finops_repl.assembly.house import House
from finops_repl.aws.call import Answer, Call, Caller, Result
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn

COST = Call(
    *("ce", "GetCostAndUsage", "us-east-1"),
    {
        "TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
    },
)


@pytest.fixture(scope="module")
def standin() -> Iterator[AwsStandIn]:
    with AwsStandIn() as running:
        yield running


@pytest.fixture
def home(standin: AwsStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of somebody who may sign, with nothing in its cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("FINOPS_AWS_ENDPOINT_URL", standin.url)
    return tmp_path


def ask(home: Path, account: str = "aws", **flags: Any) -> tuple[Answer, bool]:
    """One start that asks once: the answer, and whether it was kept."""
    flags |= {"account": account, "workspace": str(home / "workspace")}
    with closing(House.open(flags, headless=True)) as house:
        answer = house.gateway.perform(COST, Caller("s", "run"))
        return answer, house.gateway.calls("run")[0].cached


def test_a_later_start_is_answered_from_disk_unless_it_asks_anew(
    home: Path, standin: AwsStandIn
) -> None:
    first, second, fresh = ask(home), ask(home), ask(home, cache_fresh=True)
    assert isinstance(first[0], Result)
    assert second == (first[0], True)
    assert (first[1], fresh[1]) == (False, False)
    assert standin.verified.count(("us-east-1", "ce")) == 2


def test_what_is_kept_is_the_users_alone_and_holds_no_credential(home: Path) -> None:
    ask(home)
    folder = home / "cache" / "finops-repl" / "answers"
    assert folder.stat().st_mode & 0o777 == 0o700
    [entry] = folder.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o600
    ask(home)
    kept = [path for place in ("cache", "state") for path in (home / place).rglob("*")]
    texts = [path.read_bytes() for path in kept if path.is_file()]
    assert any(b"ResultsByTime" in text for text in texts)
    for secret in (ACCESS_KEY, SECRET_KEY):
        assert not any(secret.encode() in text for text in texts)
    [audit] = (home / "state" / "finops-repl" / "audit").iterdir()
    assert "ResultsByTime" not in audit.read_text()


def test_nothing_is_kept_where_the_user_wants_no_cache(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_CACHE_ENABLED", "false")
    assert [ask(home)[1], ask(home)[1]] == [False, False]
    assert not (home / "cache" / "finops-repl" / "answers").exists()


def test_what_a_simulated_account_answers_is_free_and_never_kept(tmp_path: Path) -> None:
    simulated = "simulated:seed=7,as_of=2026-10-20"
    answers = [ask(tmp_path, account=simulated) for _ in range(2)]
    assert [cached for _, cached in answers] == [False, False]
    assert isinstance(answers[0][0], Result)
