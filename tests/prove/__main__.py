"""Proves every defence, a line each; exit code 1 where one is not proven."""

from __future__ import annotations

import sys
import time

from tests.prove.figure_defences import FIGURE_DEFENCES
from tests.prove.gateway_defences import GATEWAY_DEFENCES
from tests.prove.loop_defences import LOOP_DEFENCES
from tests.prove.proof import Proof, baseline_problems, prove
from tests.prove.sandbox_defences import SANDBOX_DEFENCES
from tests.prove.scratch import scratch_copy
from tests.prove.trial import try_tests

DEFENCES = (*SANDBOX_DEFENCES, *GATEWAY_DEFENCES, *LOOP_DEFENCES, *FIGURE_DEFENCES)


def main(words: list[str]) -> int:
    """Prove the defences whose names hold one of the words; all of them without words."""
    chosen = [d for d in DEFENCES if not words or any(word in d.name for word in words)]
    if not chosen:
        return fail([f"no defence is named like {' or '.join(words)}"])
    began = time.monotonic()
    with scratch_copy() as copy:
        problems = [problem for defence in chosen for problem in defence.problems(copy)]
        if problems:
            return fail(problems)
        tests = {test for defence in chosen for test in defence.tests}
        print(
            f"{len(chosen)} defences, {len(tests)} tests; first with every defence on", flush=True
        )
        baseline = try_tests(copy, tests)
        problems = baseline_problems(baseline, chosen)
        if problems:
            return fail(problems)
        width = max(len(defence.name) for defence in chosen)
        show("every defence on", "green", len(baseline.outcomes), baseline.seconds, width)
        proofs = []
        for defence in chosen:
            proof = prove(copy, defence)
            proofs.append(proof)
            show(defence.name, proof.colour, proof.tests, proof.seconds, width)
            for problem in proof.problems:
                print(f"    {problem}", flush=True)
    return total(proofs, time.monotonic() - began)


def show(name: str, colour: str, tests: int, seconds: float, width: int) -> None:
    print(f"{name:<{width}}  {tests:>3} tests  {colour:<6} {seconds:6.1f} s", flush=True)


def total(proofs: list[Proof], seconds: float) -> int:
    unproven = [proof.defence.name for proof in proofs if proof.colour != "red"]
    print(f"{len(proofs) - len(unproven)} of {len(proofs)} defences proven in {seconds:.0f} s")
    return fail([f"not proven: {name}" for name in unproven]) if unproven else 0


def fail(problems: list[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
