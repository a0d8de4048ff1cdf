# ruff: noqa: F821, S608
# mypy: ignore-errors
"""Services asked page by page; one that does not answer is told, and the others go on."""

from collections import defaultdict

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PATIENT = Config(retries={"mode": "standard", "max_attempts": 8})
MOST_SILENT, LONGEST_WHY = 4, 80  # what is printed has little room
SILENT = {}  # what did not answer, and what it said


def client(service, region="us-east-1"):
    return boto3.client(service, region_name=region, config=PATIENT)


def listed(service, operation, key, **asked):
    """The items under `key` of every page; of operations without a paginator by `nextToken`."""
    if service.can_paginate(operation):
        for page in service.get_paginator(operation).paginate(**asked):
            yield from page.get(key, ())
        return
    token = {}
    while True:
        page = getattr(service, operation)(**asked, **token)
        yield from page.get(key, ())
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}


def answers(source, look, *given):
    """What `look(*given)` yields, all of it or nothing; `SILENT` tells of a source without."""
    try:
        return list(look(*given))
    except (BotoCoreError, ClientError) as refused:
        said = str(refused).partition(" operation: ")
        SILENT[source] = " ".join((said[2] or said[0]).split())[:LONGEST_WHY]
        return []


def told_of(silent):
    """What did not answer, once for several regions: [source, where, what it said]."""
    told = defaultdict(list)
    for source, why in silent.items():
        name, _, region = source.partition(" in ")
        told[name, why].append(region)
    return [
        [name, where[0] if len(where) == 1 else f"{len(where)} regions", why]
        for (name, why), where in list(told.items())[:MOST_SILENT]
    ]


def regions_with(*products):
    """Regions where the bill has usage of these products in the days looked at."""
    codes = ", ".join(f"'{product}'" for product in products)
    return [
        region
        for (region,) in rows(
            f"SELECT DISTINCT {REGION} FROM {TABLE} WHERE {in_days(FIRST, LAST)}"
            f" AND line_item_product_code IN ({codes}) AND line_item_line_item_type IN {USAGE}"
            f" AND {REGION} LIKE '%-%' ORDER BY 1"
        )
    ]
