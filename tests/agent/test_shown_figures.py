"""Which numbers of an answer are figures: a battery of what people and models write."""

from __future__ import annotations

import time

import pytest

from finops_repl.agent.shown_figures import shown_figures

FIGURES = {
    # Money
    "It cost $1,234.50 in all.": ["1234.50 money USD"],
    "-$5 credit": ["-5 money USD"],
    "$-5 credit": ["-5 money USD"],
    "−$5.20": ["-5.20 money USD"],
    "($1,234)": ["1234 money USD"],
    "- $12.50 a day": ["12.50 money USD"],
    "* $12.50 a day": ["12.50 money USD"],
    "US$ 5 and US$7": ["5 money USD", "7 money USD"],
    r"escaped \$1,234": ["1234 money USD"],
    "USD 1,234.50": ["1234.50 money USD"],
    "USD1,234.50": ["1234.50 money USD"],
    "1,234.50 USD": ["1234.50 money USD"],
    "1234 usd": ["1234 money USD"],
    "12 dollars": ["12 money USD"],
    "5 US dollars": ["5 money USD"],
    "€5 or £6 or ¥700": ["5 money EUR", "6 money GBP", "700 money JPY"],
    "1.234,50 €": ["1234.50 money EUR"],
    "EUR 12.5k": ["12500 money EUR"],
    "3 pounds, 4 euros": ["3 money GBP", "4 money EUR"],
    "$1.2M": ["1200000 money USD"],
    "$1.2 million": ["1200000 money USD"],
    "$3bn": ["3000000000 money USD"],
    "$4 thousand": ["4000 money USD"],
    "$1.2k a month": ["1200 money USD"],
    "1.2 million dollars": ["1200000 money USD"],
    "$ **1,234**": ["1234 money USD"],
    "**$1,234.57**": ["1234.57 money USD"],
    "__$7__ and ~~$8~~": ["7 money USD", "8 money USD"],
    "~$500, about $600, ≈ $700": ["500 money USD", "600 money USD", "700 money USD"],
    "$.50 each": ["0.50 money USD"],
    "$1\u202f234.50": ["1234.50 money USD"],
    "$1'234.50": ["1234.50 money USD"],
    "＄12": ["12 money USD"],
    "CHF 12 a day": ["12 money CHF"],
    "$0": ["0 money USD"],
    "saved $5/day": ["5 money USD"],
    # Shares
    "41 %": ["41 percent"],
    "41%": ["41 percent"],
    "41 percent": ["41 percent"],
    "41 per cent": ["41 percent"],
    "up 312% on last week": ["312 percent"],
    "+300 %": ["+300 percent"],
    "−5.5 %": ["-5.5 percent"],
    "down -5 %": ["-5 percent"],
    "12,5 %": ["12.5 percent"],
    "**41** %": ["41 percent"],
    "3 percentage points": ["3 percent"],
    "2.5 pp": ["2.5 percent"],
    "41&nbsp;%": ["41 percent"],
    "4x the usual": ["4 times"],
    "4× more": ["4 times"],
    "3.5-fold": ["3.5 times"],
    "5 times the baseline": ["5 times"],
    # Quantities
    "730 hours of m5.large": ["730 quantity hours"],
    "1,460 instance-hours": ["1460 quantity instance-hours"],
    "88 vCPU-hours": ["88 quantity vCPU-hours"],
    "12 h used": ["12 quantity h"],
    "1,200 GB": ["1200 quantity GB"],
    "1.5 TB-months": ["1.5 quantity TB-months"],
    "20 GB-Mo": ["20 quantity GB-Mo"],
    "9 GiB/day": ["9 quantity GiB/day"],
    "512MB": ["512 quantity MB"],
    "3,000 IOPS and 125 MBps": ["3000 quantity IOPS", "125 quantity MBps"],
    "14 instances": ["14 quantity instances"],
    "14 EC2 instances": ["14 quantity \x00\x00\x00 instances"],
    "14 idle EBS volumes": ["14 quantity idle EBS volumes"],
    "7 unattached volumes": ["7 quantity unattached volumes"],
    "3 NAT gateways": ["3 quantity NAT gateways"],
    "2 m5.4xlarge instances": ["2 quantity \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00 instances"],
    "**14** instances": ["14 quantity instances"],
    "3.2 million requests": ["3200000 quantity requests"],
    "12K requests": ["12000 quantity requests"],
    "500 API calls": ["500 quantity API calls"],
    "3 savings plans": ["3 quantity savings plans"],
    "12 accounts": ["12 quantity accounts"],
    "64 vCPUs": ["64 quantity vCPUs"],
    # Numbers without a unit
    "1.2 million": ["1200000 number"],
    "1.2M in all": ["1200000 number"],
    "45k": ["45000 number"],
    "cost rose to 1,234": ["1234 number"],
    "a factor of 0.82": ["0.82 number"],
    "Cost: 1234": ["1234 number"],
    "**Total**: 500": ["500 number"],
    "the total is 500": ["500 number"],
    "savings of 80": ["80 number"],
    "spent 12345": ["12345 number"],
    "1.5e6 in October": ["1500000 number"],
    "from 6 [f1] to 24 [f2] instances": ["6 number", "24 number"],
    "a median of **6** [f1]": ["6 number"],
    # Ranges and pairs
    "$1,000–$1,200": ["1000 money USD", "1200 money USD"],
    "$1,000-1,200": ["1000 money USD", "1200 money USD"],
    "$5 to 7": ["5 money USD", "7 money USD"],
    "between $5 and 7 a day": ["5 money USD", "7 money USD"],
    "10–12 %": ["10 percent", "12 percent"],
    "10 to 12 %": ["10 percent", "12 percent"],
    "from 12 to 40 instances": ["12 quantity instances", "40 quantity instances"],
    "between 5 and 7 GB": ["5 quantity GB", "7 quantity GB"],
    "$1.2–1.5 million": ["1200000 money USD", "1500000 money USD"],
    "12 → 40 instances": ["12 quantity instances", "40 quantity instances"],
    "from $900 to $1.2 million": ["900 money USD", "1200000 money USD"],
    # Places
    "## EC2 cost up 312 %": ["312 percent"],
    "1. $5\n2. $6": ["5 money USD", "6 money USD"],
    "> $5 quoted": ["5 money USD"],
    "| S | Cost (USD) |\n|---|---:|\n| EC2 | 1234.5 |": ["1234.5 money USD"],
    "| S | Cost |\n|---|---|\n| EC2 | **12** |\n| S3 | -3 |": ["12 money", "-3 money"],
    "S | Share %\n---|---\nEC2 | 41": ["41 percent"],
    "| S | Before | After |\n|---|---|---|\n| EC2 | 5 | 7 |": ["5 number", "7 number"],
    "|  | Cost |\n|---|---|\n|  | 5 |": ["5 money"],
    "| A | € |\n|--|--|\n| x | 9 |": ["9 money EUR"],
    "`$5,000`": ["5000 money USD"],
    "``1,234.50 USD``": ["1234.50 money USD"],
    "```\ntotal $5\n```": ["5 money USD"],
    "```text\nEC2 41 %\n```": ["41 percent"],
    "$5 in 2026-10, 41 % in October 2026": ["5 money USD", "41 percent"],
    # Years and days beside figures
    "In October 2026 it was $2,026": ["2026 money USD"],
    "2026 hours": ["2026 quantity hours"],
}

NO_FIGURES = (
    "2026-10-31", "2026-10", "on 2026-10-31T12:00:00Z", "31 October 2026", "October 31, 2026",
    "Oct 3", "3–9 November", "November 3 to 9, 2026", "in 2026", "since 2025", "the year 2026.",
    "Q3 2026",
    "FY26", "H1", "10/31/2026", "2026/10/31", "at 14:30 UTC", "14:30:05", "20261031",
    "in the last 90 days", "the past 24 hours", "within 24 hours", "24 hours before the onset",
    "7 days", "13 months", "a 14-day baseline", "3 weeks later", "took 1.2 s", "30 minutes",
    "every 6 hours", "a 3-year term", "4-hour windows",
    "account 123456789012", "1234-5678-9012", "i-0123456789abcdef0", "vol-0a1b2c3d", "m5.4xlarge",
    "db.r5.2xlarge", "gp3", "EC2 and S3", "us-east-1", "10.0.0.0/16", "arn:aws:ec2:us-east-1:1:x/5",
    "Python 3.13", "CUR 2.0", "FOCUS 1.2", "Node 24", "version 4.25", "p99.5", "v2", "step 2",
    "phase 3",
    "top 10 services", "first 3 rows", "port 8443", "ticket 12345", "CHG0012345", "#42", "the 3rd",
    "1. first\n2. second", "2) then", "## 3. Findings", "- 5 more to see", "see [1] and [^2]",
    "[f12]", "[run 3fa9c1d2]", "`WHERE cost > 100.50`", "`--cap 5.00`", "`f3`", "`42`",
    "```python\nx = 1,234.50 * 100\n```", "```sql\nSELECT 1.25 AS cost LIMIT 1000\n```",
    "~~~bash\necho $1 $2\n~~~",
    "https://example.com/5.00?x=1,234", "[how](https://example.com/1,234.50)", "costs_2026.csv",
    "data/report-2026-10.csv", "3 ways to save", "2 of the services", "one of 5 options",
    "| # | Name |\n|---|---|\n| 1 | EC2 |", "| Day | Note |\n|---|---|\n| 3 | x |",
    "| Account | N |\n|---|---|\n| 123456789012 | x |", "t3.micro for 2 teams", "IPv4", "x86_64",
    "24/7", "a 50/50 split of work", "", "no digits at all",
)  # fmt: skip


def found(text: str) -> list[str]:
    return [
        f"{each.sign}{each.value:f} {each.kind} {each.unit}".strip() for each in shown_figures(text)
    ]


@pytest.mark.parametrize("text", FIGURES)
def test_figures_are_found_with_value_and_unit(text: str) -> None:
    assert found(text) == FIGURES[text]


@pytest.mark.parametrize("text", NO_FIGURES)
def test_dates_ids_code_and_numbering_are_no_figures(text: str) -> None:
    assert found(text) == []


def test_the_battery_is_large_enough() -> None:
    assert len(FIGURES) + len(NO_FIGURES) >= 120


@pytest.mark.parametrize(
    "text",
    ["a" * 40_000, "1," * 20_000, "| " * 20_000, "`" * 20_000, "1.2.3." * 9_000, "a-1_" * 9_000,
     "$" * 30_000, "about " * 8_000, "| 1 |\n" * 4_000, "-" * 30_000 + "|", "```\n1" * 3_000],
    ids=lambda text: str(text)[:6],
)  # fmt: skip
def test_no_text_takes_the_check_for_ever(text: str) -> None:
    began = time.process_time()
    shown_figures(text)
    assert time.process_time() - began < 30
