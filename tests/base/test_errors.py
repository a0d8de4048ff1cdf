"""An unknown name comes with what there is, in the order in which people count."""

from __future__ import annotations

import pytest

from finops_repl.base.errors import UnknownName


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("f99", ["f10", "f9", "f2"], "did you mean f9?"),
        ("run 3fa9", ["f10", "f9", "f2", "f1"], "there are: f1, f2, f9, f10"),
        ("x", [], "there are no figures yet"),
    ],
)
def test_the_hint_names_the_nearest_or_all(name: str, known: list[str], hint: str) -> None:
    assert UnknownName("figure", name, known).hint == hint


def test_a_long_list_says_how_many_it_leaves_out() -> None:
    hint = UnknownName("setting", "zz", [f"a{n}" for n in range(30)]).hint
    assert hint.startswith("there are: a0, a1, a2, ")
    assert hint.endswith(", a17 and 12 more")
