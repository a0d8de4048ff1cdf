"""The battery is complete: every attack has its tests, in both languages or for a said reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.attacks.battery import ATTACKS, COLLECTED, ONE_LANGUAGE

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> dict[int, set[str]]:
    """The languages in which each attack is tried."""
    collected = tmp_path_factory.mktemp("battery") / "attacks.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "tests.attacks.battery", HERE],
        env={**os.environ, COLLECTED: str(collected)},
        cwd=HERE.parents[1],
        check=True,
        capture_output=True,
    )
    found: dict[int, set[str]] = defaultdict(set)
    for number, language in json.loads(collected.read_text()):
        found[number].add(language)
    return found


def test_all_forty_attacks_are_tried(languages: dict[int, set[str]]) -> None:
    assert sorted(ATTACKS) == list(range(1, 41))
    assert sorted(languages) == sorted(ATTACKS)


def test_each_attack_is_tried_in_both_languages_or_says_why_not(
    languages: dict[int, set[str]],
) -> None:
    both = {number for number, tried in languages.items() if tried >= {"python", "javascript"}}
    assert {number: sorted(languages[number]) for number in ATTACKS if number not in both} == {
        number: ["python"] for number in ONE_LANGUAGE
    }
    assert all(len(reason) > 20 for reason in ONE_LANGUAGE.values())
