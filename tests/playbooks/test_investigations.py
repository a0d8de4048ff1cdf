"""Questions to the offline analyst, through the agent's loop and the real tools."""

from __future__ import annotations

import re
from pathlib import Path

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.events import CodeStarted, Fact, FigureRegistered, ToolFinished, TurnFinished
from finops_repl.workflows.store import WorkflowStore
from tests.playbooks.house import small_house
from tests.playbooks.small_account import Incident


def end_of(facts: list[Fact]) -> TurnFinished:
    assert isinstance(facts[-1], TurnFinished)
    return facts[-1]


async def test_why_did_ec2_jump_names_cause_and_cites_every_figure(tmp_path: Path) -> None:
    with small_house(tmp_path, Incident()) as chat:
        facts = await chat.ask("Why did our EC2 costs jump?")
        answer = end_of(facts).answer
        for word in ("sim-batch", "222222222222", "front", "UpdateAutoScalingGroup", "user/deploy"):
            assert word in answer
        assert "2026-11-07" in answer
        assert "maxSize 10 → 40, desiredCapacity 6 → 24" in answer
        assert re.search(r"\*\*\$[\d,]+\.\d\d \[f\d+\]\*\* above its baseline in 13 days", answer)
        assert "unsourced" not in answer
        assert "not what" not in answer
        figures = {f.figure_id: f for f in facts if isinstance(f, FigureRegistered)}
        assert set(end_of(facts).cited) <= set(figures)
        excess = next(f for f in figures.values() if f.label == "excess")
        assert excess.pedigree["source"] == "declared by a script"
        assert excess.pedigree["metric"] == "unblended cost, usage row types"
        assert "cloudtrail:LookupEvents ×1" in excess.pedigree["aws_calls"]
        run = next(fact.run for fact in facts if isinstance(fact, CodeStarted))
        assert excess.pedigree["run"] == run


async def test_the_analysis_is_saved_as_a_workflow_and_runs_again(tmp_path: Path) -> None:
    with small_house(tmp_path, Incident()) as chat:
        first = end_of(await chat.ask("Why did EC2 go up?"))
        saved = end_of(await chat.ask('Save that as "EC2 jump"'))
        assert "`ec2-jump`" in saved.answer
        assert "ec2-jump" in end_of(await chat.ask("list workflows")).answer
        again = end_of(await chat.ask("run ec2 jump"))
        excess = re.search(r"\*\*(\$[\d,.]+)", first.answer)
        assert excess is not None
        assert f"excess: {excess[1]} [f" in again.answer
        twice = end_of(await chat.ask("save that as EC2 jump"))
        assert 'say "save that as EC2 jump, overwrite it"' in twice.answer
        assert "overwrite: true" not in twice.answer


async def test_a_workflow_of_a_playbook_says_that_it_needs_the_bill(tmp_path: Path) -> None:
    with small_house(tmp_path, Incident()) as chat:
        await chat.ask("Why did EC2 go up? Save that as EC2 jump")
    assert WorkflowStore(tmp_path / "workflows").load("ec2-jump").needs == ("bill",)


async def test_a_quiet_account_is_said_to_be_quiet(tmp_path: Path) -> None:
    with small_house(tmp_path, None) as chat:
        answer = end_of(await chat.ask("why is our bill so high?")).answer
    assert answer.startswith("No jump")
    assert "unsourced" not in answer


async def test_spend_is_summed_by_sql_alone(tmp_path: Path) -> None:
    with small_house(tmp_path, None) as chat:
        facts = await chat.ask("What did we spend by account in October 2026?")
        assert not any(isinstance(fact, CodeStarted) for fact in facts)
        answer = end_of(facts).answer
    assert re.search(r"\| sim-web \| \$[\d,]+\.\d\d \[f\d+\] \|", answer)
    assert re.search(r"Beside it, not included: Tax \$270,000\.00 \[f\d+\]", answer)
    assert "unsourced" not in answer


async def test_spend_by_month_covers_the_last_six(tmp_path: Path) -> None:
    with small_house(tmp_path, None) as chat:
        answer = end_of(await chat.ask("What did we spend per month?")).answer
    assert "| 2026-10 |" in answer
    assert "| 2026-11 |" not in answer
    assert "The bill's data ends on 2026-11-19" in answer


async def test_what_has_nothing_to_save_says_so(tmp_path: Path) -> None:
    with small_house(tmp_path, None) as chat:
        facts = await chat.ask("save that as x")
    assert "no script to save" in end_of(facts).answer
    assert not any(isinstance(fact, ToolFinished) for fact in facts)


async def test_without_an_engine_what_to_do_is_said_and_sql_still_answers(tmp_path: Path) -> None:
    broken = SandboxUnavailable("no Docker engine answers", hint="start Docker")
    with small_house(tmp_path, None, broken=broken) as chat:
        end = end_of(await chat.ask("why did EC2 go up?"))
        assert "no Docker engine answers. Start Docker." in end.answer
        assert end.failure == "SandboxUnavailable"
        end = end_of(await chat.ask("what did we spend?"))
        assert "AmazonEC2" in end.answer
        assert end.failure == ""
