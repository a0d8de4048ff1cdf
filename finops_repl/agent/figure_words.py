"""The words by which a number is known as a figure: currencies, units, heads of columns."""

from __future__ import annotations

import re

from finops_repl.tools.units import CURRENCIES

__all__ = [
    "CODES",
    "MONEY_HEADS",
    "NAMED",
    "OTHER_HEADS",
    "PERCENT_HEADS",
    "SCALES",
    "SHOWN",
    "SYMBOLS",
]

SCALES = {
    **dict.fromkeys(("k", "thousand"), 3),
    **dict.fromkeys(("m", "mn", "million"), 6),
    **dict.fromkeys(("b", "bn", "billion"), 9),
    **dict.fromkeys(("t", "trillion"), 12),
}
SYMBOLS = {"$": "USD", "＄": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
CODES = "|".join(sorted(CURRENCIES))

BYTES = r"(?:[KMGTP]i?B|bytes?)(?:[-\s/](?:months?|mo|hours?|h|days?|s|sec(?:ond)?))?"
HOURS = (
    r"(?:instance|vCPU|CPU|GPU|node|pod|LCU|NLCU|ACU|DPU|RCU|WCU|ECPU|OCU|CU|NAT|engine)[-\s]?"
    r"(?:hours?|hrs?|seconds?|months?)|hours?|hrs?|h"
)
RATES = r"vCPUs?|IOPS|[MG]B?bps|MBps"
THINGS = (
    r"instances?|volumes?|snapshots?|buckets?|gateways?|databases?|clusters?|functions?|nodes?|pods?"
    r"|tasks?|containers?|addresses|IPs|EIPs|AMIs|queues?|streams?|load\s+balancers?|NATs?|endpoints?"
    r"|certificates?|requests?|invocations?|calls|queries|operations|objects?|resources?|messages?"
    r"|events?|connections?|licen[cs]es|accounts?|reservations?|RIs|savings\s+plans|commitments?"
    r"|anomal(?:y|ies)|findings?|recommendations?|line\s+items?|alarms?|log\s+groups?"
)
BETWEEN = (
    r"(?:(?!(?:of|the|in|by|and|for|with|to|about|on|at|from|or|per|as|is|are|was|were|that|when|a|an)\b)"
    r"[A-Za-z\x00-]{2,24}\s){0,2}"
)
"""Words between a number and what is counted: `14 idle EC2 instances`."""

MARKUP = r"(?:\*{1,3}|_{1,3}|~~)?"
DIGITS = (
    r"(?:\d{1,3}(?:[,'’\u00a0\u2009\u202f]\d{2,3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d+(?:[.,]\d+)?|\.\d+)(?:e[+-]?\d{1,2}(?!\w))?"
)
SHOWN = re.compile(
    rf"""
    (?P<loose>\b(?:about|around|roughly|nearly|almost|approximately|approx\.?|some|circa|over|under
        |above|below|at\sleast|at\smost|more\sthan|less\sthan|up\sto)\s+{MARKUP}|[~≈]\s?)?
    (?P<rose>\b(?:rose|grew|increased|climbed|jumped|surged|up|gained|higher|growth|increase)
        \s+(?:by\s+|of\s+)?(?:about\s+|roughly\s+|nearly\s+|almost\s+)?{MARKUP})?
    (?P<sign>[-−–+])?\s?
    (?:(?P<code>(?<![A-Za-z])(?:{CODES})(?![A-Za-z]))\s?
      |(?:(?<![A-Za-z])US|\\)?(?P<symbol>[$＄€£¥])\s?)?
    {MARKUP}(?P<inner>[-−])?
    (?:(?<=[A-Z]{{3}})|(?<![\w.,]))(?P<digits>{DIGITS})(?!\d)
    (?:{MARKUP}\s?(?P<scale>thousand|million|billion|trillion|mn|bn|[kmbt])(?![A-Za-z0-9]))?
    {MARKUP}
    (?:\s{{0,6}}(?P<percent>%|percent\b|per\scent\b|percentage\s+points?\b|pp\b)
      |\s?(?P<after>(?:US\s)?(?:{CODES})\b|[€£]|(?:US\s)?dollars?\b|euros?\b|pounds?\b)
      |\s?(?P<times>[x×](?!\w)|-?fold\b
        |\stimes(?=\s+(?:as|more|higher|larger|greater|the|what|its)\b))
      |[\s-]?(?P<unit>{BYTES}|{HOURS}|{RATES}|{BETWEEN}(?:{THINGS}))(?!\w))?
    """,
    re.VERBOSE | re.IGNORECASE,
)

NAMED = re.compile(
    r"\b(?:costs?|spend|spent|spending|total(?:s|ed|ling)?|sum|savings?|saves?|charges?|charged|fees?"
    r"|price|bill(?:ed)?|excess|credits?|refunds?|tax|amount(?:s|ed)?|usage|rate|ratio|utili[sz]ation"
    r"|coverage|average|mean|median|difference|growth|count)\b[*_]{0,2}\s*"
    r"(?:(?::|=|is|was|are|were|of|by|to|about|at)\s*[*_]{0,2}\s*)?$",
    re.IGNORECASE,
)
"""Words that make a figure of the number behind them."""

MONEY_HEADS = re.compile(
    rf"\b(?:{CODES})\b|[$€£]|cost|spend|charge|fee|saving|price|amount|credit|refund|tax|excess"
    r"|unblended|amorti[sz]ed|billed",
    re.IGNORECASE,
)
PERCENT_HEADS = re.compile(r"%|percent|pct|share|coverage|utili[sz]ation", re.IGNORECASE)
OTHER_HEADS = re.compile(
    r"(?:#|no\.?|rank|place|years?|months?|days?|dates?|weeks?|hour|id|.*\bid|account|port|version"
    r"|size|type|period|quarter|step|row|line|seq)",
    re.IGNORECASE,
)
"""Columns of numbers that are no figures."""
