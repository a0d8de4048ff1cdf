"""A script has the AWS clients of both languages, and each of them finds the tunnel by itself."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping

from finops_repl.aws.call import Refusal
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.refusals import serialise_refusal
from finops_repl.aws.wire.route import route
from finops_repl.aws.wire.serialise import serialise
from finops_repl.base.places import bundled
from finops_repl.gateway.operations import reviewed
from tests.sandbox.running import Runs

NO_JAVASCRIPT_CLIENT: Mapping[str, str] = {
    "bcm-pricing-calculator": "not in the registry that the lock was made from",
    "billing": "not in the registry that the lock was made from",
    "ecr": "Python's alone tells of images and what they cost",
    "cur": "its newest release there, 3.332.0, does not read AWS_ENDPOINT_URL",
    "freetier": "not in the registry that the lock was made from",
}
"""Services whose client is not in the image; all of them have one for Python."""

MODELS = ServiceModels()

ANSWERS: Mapping[str, Mapping[str, object]] = {
    "GetCostAndUsage": {"DimensionValueAttributes": [{"Value": "111122223333"}]},
    "DescribeDBInstances": {"DBInstances": [{"DBInstanceIdentifier": "ledger"}]},
    "DescribeInstances": {"Reservations": [{"Instances": [{"InstanceId": "i-0a1"}]}]},
    "ListClusters": {"clusters": ["batch"]},
    "ListBuckets": {"Buckets": [{"Name": "exports"}]},
}


@functools.cache
def javascript_clients() -> Mapping[str, str]:
    """AWS names its packages for JavaScript by the service id of the model."""
    ids = {name: MODELS.service(name).service_id for name in reviewed()}
    return {
        name: f"@aws-sdk/client-{service_id.lower().replace(' ', '-')}"
        for name, service_id in ids.items()
        if name not in NO_JAVASCRIPT_CLIENT
    }


class Answering:
    """A door that knows one answer for each operation above, and the protocol of each call."""

    def __init__(self) -> None:
        self.protocols: list[str] = []

    def __call__(self, request: WireRequest) -> WireResponse:
        called = route(request, MODELS)
        self.protocols.append(called.protocol)
        return serialise(called, ANSWERS[called.operation])


class Heard:
    """A door that refuses every call and keeps the name that its client was given."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __call__(self, request: WireRequest) -> WireResponse:
        words = (request.header("user-agent") + " " + request.header("x-amz-user-agent")).split()
        self.names |= {word.removeprefix("test/") for word in words if word.startswith("test/")}
        return serialise_refusal(Refusal("AccessDenied", "heard"), request=request)


def test_image_has_a_javascript_client_for_every_service_of_the_policy() -> None:
    manifest = json.loads((bundled("sandbox") / "package.json").read_text(encoding="utf-8"))
    assert set(manifest["dependencies"]) == set(javascript_clients().values())
    assert set(reviewed()) > set(NO_JAVASCRIPT_CLIENT)


def test_every_python_client_calls_through_the_tunnel(run: Runs) -> None:
    heard = Heard()
    result = run(
        f"""
import boto3, botocore.exceptions
from botocore.config import Config
for name in {sorted(reviewed())!r}:
    settings = Config(user_agent_extra="test/" + name, parameter_validation=False)
    client = boto3.client(name, config=settings)
    operations = client.meta.service_model.operation_names
    for operation in sorted(operations, key=lambda o: not o.startswith(("List", "Describe"))):
        shape = client.meta.service_model.operation_model(operation).input_shape
        if not (shape and shape.required_members):
            break
    try:
        client._make_api_call(operation, {{}})
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Message"] == "heard", (name, error)
""",
        door=heard,
    )
    assert (result.stderr, result.exit_code) == ("", 0)
    assert heard.names == set(reviewed())


def test_every_javascript_client_calls_through_the_tunnel(run: Runs) -> None:
    heard = Heard()
    result = run(
        f"""
(async () => {{
  for (const [name, pack] of Object.entries({json.dumps(javascript_clients())})) {{
    const sdk = require(pack);
    const kind = Object.keys(sdk).find((key) => /^[A-Z].*Client$/.test(key));
    const client = new sdk[kind]({{ customUserAgent: [[`test/${{name}}`]] }});
    const commands = Object.keys(sdk).filter((key) => /^(List|Describe|Get).*Command$/.test(key));
    commands.sort((a, b) => b.startsWith('List') - a.startsWith('List'));
    let status;
    for (const command of commands) {{  // until one needs nothing in its path
      const sent = client.send(new sdk[command]({{}}));
      status = await sent.catch((error) => error.$metadata?.httpStatusCode);
      if (status !== undefined) break;
    }}
    if (status !== 400) console.log(name, status);
  }}
}})();
""",
        "javascript",
        door=heard,
    )
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)
    assert heard.names == set(javascript_clients())


def test_javascript_clients_read_answers_in_each_protocol(run: Runs) -> None:
    door = Answering()
    result = run(
        """
const { CostExplorer } = require('@aws-sdk/client-cost-explorer');
const { RDS } = require('@aws-sdk/client-rds');
const { EC2 } = require('@aws-sdk/client-ec2');
const { EKS } = require('@aws-sdk/client-eks');
const { S3 } = require('@aws-sdk/client-s3');
(async () => {
  const TimePeriod = { Start: '2026-05-01', End: '2026-06-01' };
  const spent = await new CostExplorer().getCostAndUsage({ TimePeriod, Granularity: 'MONTHLY' });
  console.log(spent.DimensionValueAttributes[0].Value);
  console.log((await new RDS().describeDBInstances()).DBInstances[0].DBInstanceIdentifier);
  console.log((await new EC2().describeInstances()).Reservations[0].Instances[0].InstanceId);
  console.log((await new EKS().listClusters()).clusters[0]);
  console.log((await new S3().listBuckets()).Buckets[0].Name);
})();
""",
        "javascript",
        door=door,
    )
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.stdout.split() == ["111122223333", "ledger", "i-0a1", "batch", "exports"]
    assert door.protocols == ["json", "query", "ec2", "rest-json", "rest-xml"]
