"""What keeps an invented figure from passing for a sourced one, and data from speaking."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Defence

__all__ = ["FIGURE_DEFENCES"]

CITATIONS = "agent/test_citations.py::test_"
DIFFERS = f"{CITATIONS}what_differs_from_its_citation_is_marked_so"
UNSOURCED = f"{CITATIONS}what_cites_nothing_is_marked_unsourced"
MENDING = "agent/test_mending.py::test_"
PLANTED = "agent/test_planted_instructions.py::test_"
RESULTS = "tools/test_encoding.py::test_"


def figures(name: str, module: str, old: str, new: str, *tests: str) -> Defence:
    """A check on figures or on results of tools, in a module of the package."""
    return Defence(f"figures: {name}", f"finops_repl/{module}.py", old, new, tests)


FIGURE_DEFENCES: Final = (
    figures(
        "figures are looked for",
        "agent/citations",
        "    shown = shown_figures(block)",
        "    shown: list[ShownFigure] = []",
        f"{CITATIONS}one_citation_serves_one_figure",
        f"{MENDING}it_is_never_asked_twice",
        f"{PLANTED}planted_orders_stay_data_and_move_nothing_that_code_enforces"
        "[the name of a column]",
    ),
    figures(
        "counts and hours are figures",
        "agent/shown_figures",
        '    return ("quantity", match["unit"]) if match["unit"] else ("number", "")',
        '    return ("number", "")',
        f"{UNSOURCED}[730 hours]",
        f"{UNSOURCED}[14 unattached EBS volumes]",
        f"{DIFFERS}[14 volumes [f5]]",
    ),
    figures(
        "the shown rounding",
        "agent/citations",
        "<= shown.step / 2",
        "<= shown.step * 10_000",
        f"{DIFFERS}[$1,300 [f1]]",
        f"{DIFFERS}[313 % [f2]]",
        f"{DIFFERS}[731 hours [f6]]",
    ),
    figures(
        "the unit",
        "agent/citations",
        "return figure.value if shown.unit in over or (over and not shown.unit) else None",
        "return figure.value",
        f"{DIFFERS}[$312 [f2]]",
        f"{DIFFERS}[$20 [f8]]",
    ),
    figures(
        "the direction",
        "agent/citations",
        "if not shown.sign and not shown.rose:",
        "if not shown.sign:",
        f"{DIFFERS}[rose by $52.50 [f3]]",
    ),
    figures(
        "characters that nobody sees",
        "agent/citations",
        "block = clean_text(block)",
        "block = str(block)",
        f"{CITATIONS}a_character_that_nobody_sees_hides_no_figure",
    ),
    figures(
        "a run proves what it printed",
        "agent/citations",
        "return any(_is_at_rounding(shown, number) for number in source.numbers)",
        "return bool(source.numbers)",
        f"{DIFFERS}[$987.66 [run 3fa9c1d2]]",
    ),
    figures(
        "one citation serves one figure of a range",
        "agent/citations",
        "if own is None or len(CITED.findall(own.group())) < last - index + 1:",
        "if own is None:",
        f"{UNSOURCED}[$52.50 to $1,234.57 [f1]]",
    ),
    figures(
        "like is added to like",
        "tools/expression",
        "if left.unit != right.unit:",
        "if left.unit != right.unit and not left.unit.powers:",
        "tools/test_compute.py::test_what_cannot_be_computed_says_why[f2 + f3--taught0]",
        "tools/test_compute.py::test_what_cannot_be_computed_says_why[f1 - f8--taught1]",
    ),
    figures(
        "a derived figure rests on what it is made of",
        "tools/compute",
        'return figure.witness == "declared" or "rests_on" in figure.pedigree',
        "return False",
        "tools/test_compute.py::test_the_pedigree_names_inputs_expression_and_what_they_share",
    ),
    figures(
        "mended once",
        "agent/conversing",
        "            await self._mend()",
        "            await self._mend()\n            await self._mend()",
        f"{MENDING}it_is_never_asked_twice",
    ),
    figures(
        "without a correction the first answer stands",
        "agent/turn",
        "                self._answer, self._cited, self._faults = first\n",
        "",
        f"{MENDING}where_no_correction_comes_the_marked_answer_stands[refusal]",
        f"{MENDING}an_interrupt_within_keeps_the_answer_that_was_there",
    ),
    figures(
        "no mending beyond the budget",
        "agent/conversing",
        '            turn.spend.release(turn.spend.hold("model", turn.asking.most(request).usd))\n',
        "",
        f"{MENDING}without_budget_for_it_nothing_is_asked",
    ),
    figures(
        "the host's note repeats no word of data",
        "agent/citations",
        "_differs(sources[0], units=False)",
        "_differs(sources[0])",
        f"{CITATIONS}what_is_wrong_is_told_without_words_of_data",
        f"{PLANTED}a_declared_figure_cannot_speak_by_its_label",
    ),
    figures(
        "results are marked as data",
        "tools/encoding",
        "    shown = {**MARK, **cleaned(content)}",
        "    shown = dict(cleaned(content))",
        f"{PLANTED}planted_orders_stay_data_and_move_nothing_that_code_enforces"
        "[the description of a workflow]",
    ),
    figures(
        "results are bounded",
        "tools/encoding",
        "    while len(text.encode()) > max_bytes:",
        "    while len(text.encode()) > 1_000 * max_bytes:",
        f"{RESULTS}large_content_is_cut_and_says_so[content3]",
        f"{RESULTS}whatever_a_tool_hands_over_fits_and_says_what_is_missing",
    ),
    figures(
        "secrets are redacted in results",
        "tools/encoding",
        "            return redact(clean_text(value))",
        "            return clean_text(value)",
        f"{RESULTS}secrets_are_redacted_before_anything_is_stored[AKIAIOSFODNN7EXAMPLE]",
        "tools/test_query_bill.py::test_what_a_cell_holds_is_stored_without_secrets_and_escapes",
    ),
    figures(
        "a secret in two pieces of output",
        "tools/clean_output",
        "else _end_of_lines(held)",
        "else len(held)",
        "tools/test_clean_output.py::test_a_secret_that_comes_in_two_pieces_is_redacted[9]",
    ),
    figures(
        "words of a figure are kept clean",
        "tools/figures",
        "                cleaned(label),",
        "                label,",
        "tools/test_execute_code.py::test_a_declared_label_is_stored_without_secrets_and_escapes",
    ),
    figures(
        "cut code is not saved",
        "tools/workflow_shelf",
        "        _check_whole(given.code)\n",
        "",
        "tools/test_workflow_shelf.py::test_code_that_was_cut_in_a_result_is_never_saved",
    ),
)
