"""The cache: asked once, paid once; never another's answer, a stale one or a changed one."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.gateway.answer_folder import ENTRY_BYTES
from finops_repl.gateway.cache import AnswerCache, Asker

ANA = Asker("arn:aws:iam::111122223333:user/ana", "111122223333")
NEVER = threading.Event()
CLOSED = {"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}, "Metrics": ["BlendedCost"]}


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime = datetime(2026, 10, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Aws:
    """Answers with the number of times that it was asked."""

    asked: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def __call__(self) -> Answer:
        self.asked += 1
        return Result({"Number": self.asked, **self.more})


def cost(**more: Any) -> Call:
    return Call("ce", "GetCostAndUsage", "us-east-1", {**CLOSED, **more})


def asked(cache: AnswerCache, aws: Callable[[], Answer], call: Call | None = None) -> Any:
    """The number that the cache or AWS answers with."""
    answer, _ = cache.answer(call or cost(), aws, cancelled=NEVER)
    assert isinstance(answer, Result)
    return answer.fields["Number"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> AnswerCache:
    return AnswerCache(tmp_path, ANA, now=clock)


def test_a_second_start_reads_what_the_first_one_asked(
    tmp_path: Path, clock: Clock, cache: AnswerCache
) -> None:
    aws = Aws()
    first = cache.answer(cost(), aws, cancelled=NEVER)
    clock.at += timedelta(minutes=2)
    second = AnswerCache(tmp_path, ANA, now=clock).answer(cost(), aws, cancelled=NEVER)
    assert first == (Result({"Number": 1}), None)
    assert second == (Result({"Number": 1}), timedelta(minutes=2))
    assert aws.asked == 1


def test_an_entry_lasts_its_time_and_is_asked_again_after_it(
    clock: Clock, cache: AnswerCache
) -> None:
    aws, began = Aws(), clock.at
    numbers = []
    for later in (timedelta(), timedelta(days=29), timedelta(days=30), timedelta(days=31)):
        clock.at = began + later
        numbers.append(asked(cache, aws))
    assert numbers == [1, 1, 2, 2]


def test_an_entry_of_a_time_to_come_is_not_believed(clock: Clock, cache: AnswerCache) -> None:
    aws = Aws()
    asked(cache, aws)
    clock.at -= timedelta(hours=1)
    assert asked(cache, aws) == 2


@pytest.mark.parametrize(
    "other",
    [
        Asker("arn:aws:iam::111122223333:user/ben", ANA.account),
        Asker(ANA.principal, "444455556666"),
        Asker(ANA.principal, ANA.account, "http://127.0.0.1:5000"),
    ],
    ids=["another principal", "another account", "another endpoint"],
)
def test_what_one_asked_is_no_answer_for_another(
    tmp_path: Path, clock: Clock, cache: AnswerCache, other: Asker
) -> None:
    aws = Aws()
    assert asked(cache, aws) == 1
    assert asked(AnswerCache(tmp_path, other, now=clock), aws) == 2
    assert asked(cache, aws) == 1


@pytest.mark.parametrize(
    "other",
    [
        Call("ce", "GetCostAndUsage", "eu-west-1", CLOSED),
        Call("ce", "GetTags", "us-east-1", CLOSED),
        cost(Granularity="DAILY"),
        cost(NextPageToken="t"),
        cost(Metrics=["BlendedCost", "UnblendedCost"]),
        cost(GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}]),
    ],
    ids=["region", "operation", "parameter", "page", "metrics", "groups"],
)
def test_another_question_has_another_answer(cache: AnswerCache, other: Call) -> None:
    aws = Aws()
    assert [asked(cache, aws), asked(cache, aws, other), asked(cache, aws)] == [1, 2, 1]


def test_the_same_question_in_another_order_has_the_same_answer(cache: AnswerCache) -> None:
    def said(metrics: list[str], values: list[str], keys: list[str]) -> Call:
        groups = [{"Type": "DIMENSION", "Key": key} for key in keys]
        where = {"Dimensions": {"Key": "SERVICE", "Values": values}}
        return cost(Metrics=metrics, Filter={"Not": where}, GroupBy=groups)

    aws = Aws()
    first = said(["A", "B"], ["x", "y"], ["SERVICE", "REGION"])
    again = said(["B", "A"], ["y", "x"], ["SERVICE", "REGION"])
    turned = Call(
        again.service, again.operation, again.region, dict(reversed(list(again.params.items())))
    )
    grouped = said(["A", "B"], ["x", "y"], ["REGION", "SERVICE"])  # the order of an answer's keys
    assert [asked(cache, aws, call) for call in (first, again, turned, grouped)] == [1, 1, 1, 2]
    token = {**cost().params, "ClientRequestToken": "each time another"}
    asked(cache, aws, cost())
    assert asked(cache, aws, Call("ce", "GetCostAndUsage", "us-east-1", token)) == 3


def test_a_page_is_given_only_where_the_pages_after_it_can_be_had(
    clock: Clock, cache: AnswerCache
) -> None:
    first, last = Aws(more={"NextPageToken": "t"}), Aws()
    asked(cache, first)
    clock.at += timedelta(minutes=10)
    assert asked(cache, first) == 1  # AWS still knows the token
    clock.at += timedelta(minutes=1)
    assert asked(cache, first) == 2
    asked(cache, last, cost(NextPageToken="t"))
    clock.at += timedelta(days=1)
    assert asked(cache, first) == 2
    assert asked(cache, last, cost(NextPageToken="t")) == 1


def test_pages_that_are_about_to_be_too_old_are_asked_from_the_first(
    clock: Clock, cache: AnswerCache
) -> None:
    """Whoever reads them takes a while, and the later ones are not to run out meanwhile."""
    first, last, began = Aws(more={"NextPageToken": "t"}), Aws(), clock.at
    asked(cache, first)
    asked(cache, last, cost(NextPageToken="t"))
    clock.at = began + timedelta(days=30) - timedelta(minutes=11)
    assert asked(cache, first) == 1
    clock.at += timedelta(minutes=5)
    assert asked(cache, last, cost(NextPageToken="t")) == 1
    assert asked(cache, first) == 2


def test_another_version_of_the_models_asks_again(
    tmp_path: Path, clock: Clock, cache: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = Aws()
    asked(cache, aws)
    monkeypatch.setattr("botocore.__version__", "1.0.0")
    assert asked(AnswerCache(tmp_path, ANA, now=clock), aws) == 2


def test_refusals_and_what_is_not_to_be_kept_are_not_kept(
    tmp_path: Path, cache: AnswerCache
) -> None:
    refusal = Refusal("LimitExceededException", "slower, please")
    assert cache.answer(cost(), lambda: refusal, cancelled=NEVER) == (refusal, None)
    status = Call("athena", "GetQueryExecution", "us-east-1", {"QueryExecutionId": "q"})
    aws = Aws()
    assert [asked(cache, aws, status), asked(cache, aws, status)] == [1, 2]
    large = Aws(more={"Text": "x" * ENTRY_BYTES})
    assert [asked(cache, large), asked(cache, large)] == [1, 2]
    unknown = Aws(more={"Body": object()})
    assert [asked(cache, unknown), asked(cache, unknown)] == [1, 2]
    assert list(tmp_path.iterdir()) == []


def test_fresh_asks_again_and_what_it_hears_is_kept(
    tmp_path: Path, clock: Clock, cache: AnswerCache
) -> None:
    aws = Aws()
    asked(cache, aws)
    fresh = AnswerCache(tmp_path, ANA, fresh=True, now=clock)
    assert [asked(fresh, aws), asked(fresh, aws)] == [2, 3]
    assert asked(cache, aws) == 3


def entry_of(folder: Path) -> Path:
    [path] = folder.iterdir()
    return path


def rewritten(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        fields = json.loads(path.read_text())
        change(fields)
        path.write_text(json.dumps(fields))

    return damage


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere.json")
    path.symlink_to(path.parent.parent / "elsewhere.json")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\x00{"),
        lambda path: path.write_text("[" * 200_000),
        lambda path: path.write_text("[1]"),
        lambda path: path.write_text('{"schema": 1}'),
        rewritten(lambda fields: fields.update(schema=2)),
        rewritten(lambda fields: fields.update(answer=fields["answer"].replace("1", "7"))),
        rewritten(lambda fields: fields.update(kept_at="2026-10-20T11:59:59+00:00")),
        rewritten(lambda fields: fields.update(asked="{}")),
        linked,
        piped,
    ],
    ids=[
        "cut off",
        "empty",
        "no text",
        "endless",
        "a list",
        "nothing in it",
        "another schema",
        "another figure",
        "another time",
        "another question",
        "a link",
        "a pipe",
    ],
)
def test_a_damaged_entry_is_no_answer_and_is_written_anew(
    tmp_path: Path, clock: Clock, damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    cache, aws = AnswerCache(folder, ANA, now=clock), Aws()
    asked(cache, aws)
    damage(entry_of(folder))
    assert [asked(cache, aws), asked(cache, aws)] == [2, 2]
    assert not entry_of(folder).is_symlink()


def test_an_entry_in_the_place_of_another_is_not_its_answer(
    tmp_path: Path, cache: AnswerCache
) -> None:
    aws = Aws()
    asked(cache, aws)
    one = entry_of(tmp_path)
    asked(cache, aws, cost(Granularity="DAILY"))
    [other] = set(tmp_path.iterdir()) - {one}
    other.write_bytes(one.read_bytes())
    assert asked(cache, aws, cost(Granularity="DAILY")) == 3


def test_entries_are_the_users_alone_and_hold_no_more_than_was_asked(
    tmp_path: Path, cache: AnswerCache
) -> None:
    asked(cache, Aws())
    path = entry_of(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    fields = json.loads(path.read_text())
    assert fields.keys() == {"schema", "kept_at", "asked", "sha256", "answer"}
    assert fields["schema"] == 1
    assert json.loads(fields["asked"])["principal"] == ANA.principal


def test_where_nothing_can_be_written_aws_is_asked_each_time(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    cache, aws = AnswerCache(tmp_path / "file", ANA, now=clock), Aws()
    assert [asked(cache, aws), asked(cache, aws)] == [1, 2]


def test_the_oldest_give_way_and_what_nobody_reads_any_more_goes(
    tmp_path: Path, clock: Clock
) -> None:
    clock.at = datetime.now(UTC)
    kept, limit = 24, 40_000
    cache, aws = AnswerCache(tmp_path, ANA, now=clock, limit=limit), Aws(more={"Text": "x" * 2_000})
    for number in range(kept):
        asked(cache, aws, cost(NextPageToken=str(number)))
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_ctime_ns)
        os.utime(newest, (clock.at.timestamp() - kept + number,) * 2)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert limit // 2 < sum(sizes) <= limit + limit // 8
    before = aws.asked
    assert asked(cache, aws, cost(NextPageToken=str(kept - 1))) == kept
    assert asked(cache, aws, cost(NextPageToken="0")) == before + 1
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    asked(AnswerCache(tmp_path, ANA, now=clock), aws, cost(NextPageToken="new"))
    assert len(list(tmp_path.iterdir())) == 1


def test_threads_that_ask_the_same_pay_once(cache: AnswerCache) -> None:
    entered, go_on, answers = threading.Event(), threading.Event(), list[Any]()
    slow = Aws()

    def ask() -> Answer:
        entered.set()
        go_on.wait(10)
        return slow()

    threads = [threading.Thread(target=lambda: answers.append(asked(cache, ask))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert entered.wait(10)
    assert asked(cache, Aws(), cost(Granularity="DAILY")) == 1  # another question does not wait
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert answers == [1, 1, 1, 1]
    assert slow.asked == 1


def test_who_is_cancelled_while_another_asks_does_not_wait(cache: AnswerCache) -> None:
    entered, go_on, cancelled = threading.Event(), threading.Event(), threading.Event()

    def ask() -> Answer:
        entered.set()
        go_on.wait(10)
        return Result({"Number": 1})

    first = threading.Thread(target=lambda: asked(cache, ask))
    first.start()
    assert entered.wait(10)
    cancelled.set()
    answer, age = cache.answer(cost(), Aws(), cancelled=cancelled)
    assert (answer, age) == (Refusal("RequestAborted", "the run was cancelled"), None)
    go_on.set()
    first.join(10)


def ask_all(folder: Path, count: int) -> None:
    cache = AnswerCache(folder, ANA, limit=60_000)
    for number in range(count):
        call = cost(Granularity=str(number % 20))
        expected = {"Number": number % 20, "Text": "x" * 2_000}
        answer, _ = cache.answer(call, lambda: Result(expected), cancelled=NEVER)  # noqa: B023 - asked at once
        assert answer == Result(expected)


def test_processes_share_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=ask_all, args=(tmp_path, 100)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert [other.exitcode for other in others] == [0, 0]
