"""The checked-in table is what the review and the installed models make of it, to the operation."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, get_args

import botocore
import pytest

from finops_repl.aws.call import Call
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.decision import Allow, Deny
from finops_repl.gateway.operations import (
    TABLE,
    WITHHELD_BECAUSE,
    Operation,
    Verdict,
    Withheld,
    parsed,
    reads,
    reviewed,
)
from finops_repl.gateway.policy import ReadOnlyPolicy
from tests.policy.iam import Iam
from tests.policy.review import REVIEW, ServiceRule
from tests.policy.table import Undecided, joined, lines, verdict

OF_THE_PRODUCT = (
    "account athena autoscaling bcm-data-exports billing budgets ce cloudtrail cloudwatch"
    " compute-optimizer cost-optimization-hub cur dynamodb ec2 ecr ecs eks elasticache elb elbv2"
    " freetier glue health iam lambda logs opensearch organizations pricing rds redshift"
    " resourcegroupstaggingapi s3 savingsplans service-quotas ssm sts support trustedadvisor"
)
POLICY = ReadOnlyPolicy(lambda sql, _: sql)


class AsCheckedIn:
    """IAM's names and levels as the table has them: what needs no definition of IAM."""

    def __init__(self) -> None:
        rows = [row for rows in reviewed().values() for row in rows.values()]
        self._levels = {row.actions: row.level for row in rows}

    def actions(self, service: str, operation: str) -> tuple[str, ...]:
        row = reviewed()[service].get(operation)
        return row.actions if row is not None else ()

    def level(self, actions: tuple[str, ...]) -> str:
        return self._levels[actions] if actions else ""


def table_lines() -> list[str]:
    return resources.files("finops_repl.gateway").joinpath(TABLE).read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def models() -> ServiceModels:
    return ServiceModels()


def test_the_table_is_what_the_review_says_of_the_installed_models(models: ServiceModels) -> None:
    fresh = {(s, name): row for s, name, row in joined(REVIEW, models, AsCheckedIn())}
    kept = {(s, name): row for s, rows in reviewed().items() for name, row in rows.items()}
    assert kept.keys() - fresh.keys() == set(), "botocore knows no such operation: make policy"
    if f"botocore {botocore.__version__}," in table_lines()[0]:  # a later one has more
        assert kept.keys() == fresh.keys()
    assert {name: row for name, row in fresh.items() if name in kept} == kept


def test_every_service_that_cost_analysts_ask_is_reviewed() -> None:
    assert set(OF_THE_PRODUCT.split()) <= set(reviewed())
    assert set(reviewed()) == set(REVIEW)
    assert all(any(row.passes for row in rows.values()) for rows in reviewed().values())


def test_names_and_words_of_the_review_mean_something() -> None:
    for service, rule in REVIEW.items():
        named = rule.only | set(rule.decided)
        assert named <= set(reviewed()[service]), service
        assert all(reads(name) for name in rule.only), service
        assert rule.only.isdisjoint(rule.decided), service
        assert set(rule.decided.values()) <= {"passes", *get_args(Withheld)}, service
    verdicts = {row.verdict for rows in reviewed().values() for row in rows.values()}
    assert verdicts == {"passes", *get_args(Withheld)}
    assert set(WITHHELD_BECAUSE) == set(get_args(Withheld))


def test_what_passes_is_known_to_iam_and_only_reads() -> None:
    despite: set[str] = set()
    for service, rows in reviewed().items():
        for name, row in rows.items():
            if row.passes:
                assert row.actions, name
                assert all(action.count(":") == 1 for action in row.actions), name
                if not reads(name) or row.level not in ("Read", "List"):
                    despite.add(f"{service}:{name}")
    assert despite == {
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "bcm-pricing-calculator:ListTagsForResource",
    }


@pytest.mark.parametrize("name", ["DescribeEverythingNew", "CreateSomethingNew"])
def test_an_operation_that_the_table_does_not_name_does_not_pass(name: str) -> None:
    decision = POLICY.decide(Call("ec2", name, "us-east-1"))
    assert isinstance(decision, Deny)
    assert ("newer than the review" in decision.reason) == reads(name)


def test_policy_and_table_say_the_same_of_every_operation() -> None:
    for service, rows in reviewed().items():
        for name, row in rows.items():
            decision = POLICY.decide(Call(service, name, "us-east-1"))
            assert isinstance(decision, Allow) == row.passes, f"{service}:{name}"
            if isinstance(decision, Deny) and row.verdict != "passes":
                assert decision.reason == WITHHELD_BECAUSE[row.verdict]


@pytest.mark.parametrize(
    ("rule", "name", "level", "said"),
    [
        (ServiceRule(), "DescribeThings", "List", "passes"),
        (ServiceRule(), "DescribeThings", "", "unlisted"),
        (ServiceRule(), "DeleteThing", "Write", "write"),
        (ServiceRule(), "DeleteThing", "", "write"),
        (ServiceRule(frozenset({"GetThing"})), "GetThing", "Read", "passes"),
        (ServiceRule(frozenset({"GetThing"})), "GetOther", "Read", "unreviewed"),
        (ServiceRule(decided={"GetThing": "contents"}), "GetThing", "Read", "contents"),
        (ServiceRule(decided={"StopThing": "passes"}), "StopThing", "Write", "passes"),
    ],
)
def test_a_verdict_needs_verb_and_access_level(
    rule: ServiceRule, name: str, level: str, said: Verdict
) -> None:
    assert verdict(rule, name, level) == said


@pytest.mark.parametrize(
    ("name", "level"),
    [("GetThing", "Write"), ("GetThing", "Permissions management"), ("ExportThing", "Read")],
)
def test_where_verb_and_access_level_disagree_somebody_decides(name: str, level: str) -> None:
    with pytest.raises(Undecided):
        verdict(ServiceRule(), name, level)


def test_the_generator_names_all_that_is_undecided(models: ServiceModels) -> None:
    undecided = {**REVIEW, "sts": ServiceRule(REVIEW["sts"].only)}
    with pytest.raises(Undecided, match=r"sts:GetDelegatedAccessToken.*sts:GetWebIdentityToken"):
        list(joined(undecided, models, AsCheckedIn()))


def test_the_table_reads_as_it_was_written() -> None:
    rows = [
        ("s3", "HeadObject", Operation("passes", "Read", ("s3:GetObject",))),
        ("s3", "NewThing", Operation("write", "", ())),
    ]
    written = list(lines(iter(rows), "botocore 1"))
    assert parsed(written) == {"s3": {name: row for _, name, row in rows}}
    assert table_lines()[1] == written[1]


def privilege(level: str, *beside: str) -> dict[str, Any]:
    kinds = {"thing": {"dependent_actions": list(beside)}, "": {"dependent_actions": []}}
    return {"access_level": level, "resource_types": kinds}


def test_iam_knows_an_operation_by_its_own_name_and_by_what_it_takes_besides() -> None:
    definition = {
        "s3": {"privileges": {"ListBucket": privilege("List"), "PutObject": privilege("Write")}},
        "rds": {"privileges": {"DescribeDBClusters": privilege("List")}},
        "ce": {"privileges": {"GetThing": privilege("Read", "kms:Decrypt", "s3:ListBucket")}},
    }
    iam = Iam(json.loads(json.dumps(definition)))
    assert iam.actions("s3", "ListObjectsV2") == ("s3:ListBucket",)
    assert iam.actions("neptune", "DescribeDBClusters") == ("rds:DescribeDBClusters",)
    assert iam.actions("ce", "GetThing") == ("ce:GetThing", "s3:ListBucket")
    assert iam.actions("ce", "GetNewThing") == ()
    assert iam.level(("s3:ListBucket", "s3:PutObject")) == "Write"
    assert iam.level(()) == ""
