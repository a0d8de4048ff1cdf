"""boto3 and pyathena work as usual, but reach the gateway alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from finops_repl.aws.call import Caller
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from tests.gateway.organisation import BUCKET, LAUNCHED, RESULT_CSV


@pytest.fixture
def aws(gateway: Gateway, caller: Caller) -> Any:
    return session(gateway, caller)


def test_clients_of_every_protocol_read_their_answers(aws: Any) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    month = aws.client("ce").get_cost_and_usage(
        TimePeriod={"Start": "2026-01-01", "End": "2026-02-01"},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
    )["ResultsByTime"][0]
    assert month["Total"]["UnblendedCost"]["Amount"] == "12.5000000000"
    instance = aws.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]
    assert instance["LaunchTime"] == LAUNCHED
    assert instance["Tags"] == [{"Key": "team", "Value": "R&D <core>"}]
    metric = aws.client("cloudwatch").get_metric_data(
        StartTime=LAUNCHED, EndTime=LAUNCHED, MetricDataQueries=[{"Id": "a", "Expression": "1"}]
    )
    assert metric["MetricDataResults"][0]["Values"] == [42.5]
    s3 = aws.client("s3")
    assert s3.get_object(Bucket=BUCKET, Key="out/q.csv")["Body"].read() == RESULT_CSV
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == ["out/a b+c.csv", "out/ü&<x>.csv"]
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-west-1"


def test_resources_and_downloads_pass_too(aws: Any, tmp_path: Path) -> None:
    target = tmp_path / "q.csv"
    aws.resource("s3").Bucket(BUCKET).download_file("out/q.csv", str(target))
    assert target.read_bytes() == RESULT_CSV


def test_refusals_are_the_client_s_own_errors(aws: Any) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("ec2").terminate_instances(InstanceIds=["i-1"])
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
    with pytest.raises(ClientError, match="only reads pass"):
        aws.client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"x")
    with pytest.raises(ClientError, match="no such bucket"):
        aws.client("s3").get_object(Bucket="other", Key="k")
    with pytest.raises(ClientError, match="404"):
        aws.client("s3").head_object(Bucket="other", Key="k")


def test_calls_are_the_caller_s(gateway: Gateway) -> None:
    mine = session(gateway, Caller("s", "mine"))
    other = session(gateway, Caller("s", "other"), region="eu-west-1")
    mine.client("sts").get_caller_identity()
    other.client("sts").get_caller_identity()

    assert [call.region for call in gateway.calls("mine")] == ["us-east-1"]
    assert [call.region for call in gateway.calls("other")] == ["eu-west-1"]


def test_user_s_own_settings_and_credentials_are_not_read(
    gateway: Gateway, caller: Caller, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = private_home / ".aws"
    config.mkdir()
    (config / "config").write_text(
        "[profile mine]\nregion = ap-south-1\nuse_fips_endpoint = true\n"
    )
    (config / "credentials").write_text("[default]\naws_access_key_id = AKIAREALKEY\n")
    for name, value in {
        "AWS_PROFILE": "absent",
        "AWS_ACCESS_KEY_ID": "AKIAREALKEY",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_DEFAULT_REGION": "ap-south-1",
        "AWS_ENDPOINT_URL": "http://192.0.2.1:9",
        "AWS_ENDPOINT_URL_STS": "http://192.0.2.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "HTTPS_PROXY": "http://192.0.2.1:9",
        "HTTP_PROXY": "http://192.0.2.1:9",
    }.items():
        monkeypatch.setenv(name, value)

    aws: Any = session(gateway, caller)

    assert aws.get_credentials().access_key == "finops-repl"
    assert aws.get_credentials().token is None
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert aws.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 2
    assert {call.region for call in gateway.calls("r1")} == {"us-east-1"}


def test_one_client_s_paths_do_not_disturb_the_next(aws: Any, gateway: Gateway) -> None:
    # botocore's S3 clients rewrite the paths in the model that they were made from.
    for _ in range(2):
        client = aws.client("s3")
        assert client.get_object(Bucket=BUCKET, Key="out/q.csv")["ContentLength"] == len(RESULT_CSV)
    assert [call.operation for call in gateway.calls("r1")] == ["GetObject", "GetObject"]


def test_pyathena_reads_results_by_every_plain_cursor(aws: Any, gateway: Gateway) -> None:
    import pyathena
    from pyathena.cursor import DictCursor
    from pyathena.pandas.cursor import PandasCursor

    connection = pyathena.connect(
        session=aws,
        region_name="us-east-1",
        s3_staging_dir=f"s3://{BUCKET}/out/",
        poll_interval=0.001,
    )
    rows = [("AmazonEC2", Decimal("12.50")), ("AmazonS3", Decimal("3.25"))]
    assert connection.cursor().execute("select 1").fetchall() == rows
    first = connection.cursor(DictCursor).execute("select 1").fetchone()
    assert first == {"service": "AmazonEC2", "cost": Decimal("12.50")}
    frame: Any = connection.cursor(PandasCursor).execute("select 1").as_pandas()
    assert list(frame["service"]) == ["AmazonEC2", "AmazonS3"]
    asked = {(call.service, call.operation) for call in gateway.calls("r1")}
    assert ("s3", "GetObject") in asked
    with pytest.raises(pyathena.error.DatabaseError, match="one SELECT"):
        connection.cursor().execute("drop table cur2")
