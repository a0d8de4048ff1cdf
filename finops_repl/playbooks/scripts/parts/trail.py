# mypy: ignore-errors
"""Who did what, by CloudTrail: management events of the last 90 days."""

import json

import boto3


def events(region, key, value, since, until):
    """The events of one name or resource between two moments, all accounts that it shows."""
    pages = (
        boto3.client("cloudtrail", region_name=region)
        .get_paginator("lookup_events")
        .paginate(
            LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}],
            StartTime=since,
            EndTime=until,
        )
    )
    return [json.loads(each["CloudTrailEvent"]) for page in pages for each in page["Events"]]


def account_of(event):
    return event.get("recipientAccountId") or event["userIdentity"].get("accountId")


def actor_of(event):
    who = event["userIdentity"]
    return who.get("arn") or who.get("userName") or who.get("invokedBy") or who.get("type", "")
