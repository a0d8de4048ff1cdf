"""Every operation that the policy lets through, sent as a real account sends it.

`python -m tests.gateway.every_operation` has moto answer all of them behind a check of each
signature (half a minute) and prints the figures.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Iterable, Iterator

from finops_repl.aws.call import Answer, Call
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.base.errors import ConnectionFailed
from finops_repl.gateway.decision import Allow
from finops_repl.gateway.identity import Identity
from finops_repl.gateway.operations import reviewed
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import RealAccount
from tests.conformance.samples import sample
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn

__all__ = ["ask_all", "passing"]

MODELS = ServiceModels()


def passing() -> Iterator[Call]:
    """A random, valid call of every operation that passes."""
    dice = random.Random(7)
    policy = ReadOnlyPolicy(lambda sql, parameters: sql)
    for service in reviewed():
        model = MODELS.service(service)
        for name in model.operation_names:
            if not isinstance(policy.decide(Call(service, name, "us-east-1")), Allow):
                continue
            shape = model.operation_model(name).input_shape
            params = sample(shape, dice) if shape else {}
            if service == "s3" and "Bucket" in params:
                params["Bucket"] = "results"  # by chance it would be no bucket's name
            yield Call(service, name, "us-east-1", params)


def ask_all(account: RealAccount, calls: Iterable[Call]) -> Iterator[tuple[Call, Answer | None]]:
    """Each call with its answer; None where what answered is no AWS."""
    for call in calls:
        answer = None
        with contextlib.suppress(ConnectionFailed):  # moto's own faults are pages for people
            answer = account.answer(call, cancelled=threading.Event())
        yield call, answer


def print_figures() -> None:
    """How many operations were sent, how many signatures did not fit, what moto knows of them."""
    os.environ |= {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    with AwsStandIn() as standin:
        account = RealAccount(Identity(region="us-east-1"), endpoint_url=standin.url)
        calls = [call for call, _ in ask_all(account, passing())]
        account.close()
    services = len({call.service for call in calls})
    print(
        f"{len(calls)} operations of {services} services: {len(standin.arrived)} requests verified"
    )
    print(f"{len(standin.refused)} signatures refused; moto knew {sum(standin.known)} of them")


if __name__ == "__main__":
    print_figures()
