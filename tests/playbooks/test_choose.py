"""Which playbook a question calls for."""

from __future__ import annotations

import pytest

from finops_repl.playbooks.choose import choose


@pytest.mark.parametrize(
    ("question", "playbook"),
    [
        ("Why did our EC2 costs jump?", "cost_jump"),
        ("why did ec2 go up", "cost_jump"),
        ("What caused the spike?", "cost_jump"),
        ("our bill went up, why?", "cost_jump"),
        ("Why is EC2 so expensive?", "cost_jump"),
        ("any cost anomalies?", "cost_jump"),
        ("What did we spend on what?", "spend"),
        ("top 10 most costly services: how much?", "spend"),
        ("cost by account in September", "spend"),
        ("September vs August", "spend"),
        ("what changed from August to September", "spend"),
        ("what share is EC2?", "spend"),
        ("EC2 by account last month", "spend"),
        ("RDS in September", "spend"),
        ("What will we spend next month?", "forecast"),
        ("are we over budget?", "budgets"),
        ("How well are our reserved instances used?", "commitments"),
        ("What should we buy?", "commitments_to_buy"),
        ("Export our costs to CSV", "export"),
        ("export costs of last month", "export"),
        ("run monthly-cost-report", "run_saved"),
        ("rerun the workflow cost anomaly detector", "run_saved"),
        ("which workflows are there?", "list_saved"),
        ("save that as ec2-jump", "save_last"),
        ("Please save this as a workflow named 'EC2 jump', overwrite it.", "save_last"),
        ("Why did our EC2 costs jump? Save that as ec2-jump.", "then_save"),
        ("export costs and save it as monthly export", "then_save"),
        ("what is idle?", "waste"),
        ("find idle load balancers/volumes/addresses", "waste"),
        ("how can we cut costs?", "waste"),
        ("how much is untagged?", "tag_coverage"),
        ("What did we spend by tag team?", "spend"),
        ("what is the tag coverage of team?", "tag_coverage"),
        ("which reservations are unused?", "commitments"),
        ("which accounts are worst at tagging team?", "tag_coverage"),
        ("what do we pay for data transfer / NAT?", "data_transfer"),
        ("why did our NAT costs go up?", "data_transfer"),
        ("gp2 to gp3", "gp2_to_gp3"),
        ("snapshots older than a year", "old_snapshots"),
        ("what did we save?", None),
        ("who are you?", None),
        ("write a poem", None),
    ],
)
def test_words_choose_the_playbook(question: str, playbook: str | None) -> None:
    assert getattr(choose(question, ()), "__name__", None) == playbook


@pytest.mark.parametrize(
    ("question", "params"),
    [
        ("run monthly-cost-report", {}),
        ("run monthly-cost-report top=3", {"top": "3"}),
        ("Please run the monthly-cost-report workflow with month=2026-09, top=3.",
         {"month": "2026-09", "top": "3"}),
        ('run "monthly-cost-report" month=2026-09 and top=3 again',
         {"month": "2026-09", "top": "3"}),
    ],
)  # fmt: skip
def test_a_workflow_runs_with_the_parameters_that_are_named(
    question: str, params: dict[str, str]
) -> None:
    playbook = choose(question, ())
    assert playbook is not None
    (call,) = next(playbook).calls
    assert call.input == {"name": "monthly-cost-report", "params": params}
