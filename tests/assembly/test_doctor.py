"""The doctor looks at everything it can and ends, whatever it meets."""

from __future__ import annotations

import threading

import pytest

from finops_repl.assembly.doctor import Check, examine
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.findings import Finding


def fine(_give_up: threading.Event) -> Finding:
    return Finding("it is there")


def broken(_give_up: threading.Event) -> Finding:
    raise SandboxUnavailable("it is gone", hint="fetch it")


def test_what_needs_a_failed_check_is_not_looked_at_and_the_rest_is() -> None:
    looked: list[str] = []

    def look(name: str) -> Finding:
        looked.append(name)
        return Finding(name, remedy="mend it")

    checks = [
        Check("engine", broken),
        Check("image", lambda _: look("image"), needs=("engine",)),
        Check("run", lambda _: look("run"), needs=("image",)),
        Check("model", lambda _: look("model")),
        Check("account", fine),
    ]
    found = list(examine(checks))
    assert [examined.status for examined in found] == [
        "fail",
        "not looked at",
        "not looked at",
        "warn",
        "ok",
    ]
    assert looked == ["model"]
    assert (found[0].found, found[0].remedy) == ("it is gone", "fetch it")
    assert found[1].found == "needs engine"


def test_check_that_hangs_is_told_to_give_up_and_left_behind() -> None:
    told = threading.Event()

    def hang(give_up: threading.Event) -> Finding:
        give_up.wait(30)
        told.set()
        return Finding("too late")

    hung, after = examine([Check("slow", hang, patience_s=0.05), Check("after", fine)])
    assert hung.status == "fail"
    assert "no answer within 0.05 s" in hung.found
    assert after.status == "ok"
    assert told.wait(10)


def test_error_of_the_system_is_a_finding_and_a_fault_of_ours_is_none() -> None:
    def full(_give_up: threading.Event) -> Finding:
        raise OSError(28, "No space left on device", "/state")

    def wrong(_give_up: threading.Event) -> Finding:
        raise ZeroDivisionError("a fault of ours")

    (examined,) = examine([Check("disk", full)])
    assert examined.status == "fail"
    assert "No space left on device" in examined.found
    with pytest.raises(ZeroDivisionError):
        list(examine([Check("wrong", wrong)]))
