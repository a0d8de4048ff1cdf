# ruff: noqa: F821, T201, S608
# mypy: ignore-errors
"""Tell what data transfer and NAT gateways cost, which gateways, and what an endpoint would save.

Unblended cost of usage rows whose usage type counts bytes on their way, or the hours of a gateway
or an endpoint. A gateway endpoint for S3 or DynamoDB costs nothing, so what goes to them through a
NAT gateway is paid in vain. How much that is, the bill does not say: the whole processing of a
gateway without such an endpoint is the most that can be saved, and what it grew by since the
endpoint was deleted is what came of that.
"""

import csv
import json
import re
from collections import defaultdict
from pathlib import Path

# parts: athena months charged asking trail sight

SHOWN, SHOWN_NATS = 8, 3
COST = f"cast({bill['cost']} AS decimal(18, 10))"
FIRST, LAST = looked_at()
BEFORE = FIRST - (LAST - FIRST + DAY)  # as many days before
KINDS = (  # what a usage type counts; the first that fits
    ("NAT processing", "NatGateway-(Prvd-)?Bytes"),
    ("NAT hours", "NatGateway-(Prvd-)?Hours"),
    ("endpoint processing", "VpcEndpoint-.*Bytes"),
    ("endpoint hours", "VpcEndpoint-.*Hours"),
    ("transit gateway", "TransitGateway-"),
    ("VPN and Direct Connect", "VPN-Usage|DataXfer-|DirectConnect"),
    ("peering", "VpcPeering"),
    ("between zones", "DataTransfer-(Regional|xAZ)"),
    ("between regions", "-AWS-(In|Out)-(A?Bytes)|AWS-(In|Out)-Bytes"),
    ("out to the internet", "DataTransfer-Out|CloudFront-Out|Out-OBytes"),
    ("in", "DataTransfer-In"),
)
IS_NAT = "line_item_usage_type LIKE '%NatGateway-%'"
IS_BYTES = "line_item_usage_type LIKE '%NatGateway-%Bytes'"
ENDPOINT = re.compile(r"vpce-[0-9a-f]+")
GB = "line_item_usage_amount"


def kind_sql():
    cases = " ".join(
        f"WHEN regexp_like(line_item_usage_type, '{words}') THEN '{kind}'" for kind, words in KINDS
    )
    return f"CASE {cases} END"


def by_kind(first, last):
    """[kind, service, usage type, amount, cost] of whatever is transfer between two days."""
    return rows(
        f"SELECT kind, service, usage_type, sum(amount), sum(cost) FROM (SELECT {kind_sql()} AS"
        f" kind, line_item_product_code AS service, line_item_usage_type AS usage_type,"
        f" {GB} AS amount, {COST} AS cost FROM {TABLE} WHERE {in_days(first, last)} AND {ONCE}"
        f" AND line_item_line_item_type IN {USAGE}) AS known WHERE kind IS NOT NULL"
        " GROUP BY 1, 2, 3 ORDER BY 5 DESC"
    )


def largest():
    """[resource, usage type, account, region, cost] of what transfers most, NAT gateways apart."""
    return rows(
        f"SELECT {RESOURCE}, line_item_usage_type, {NAME}, {REGION},"
        f" sum({COST}) FROM {TABLE} WHERE {in_days(FIRST, LAST)} AND {ONCE}"
        f" AND line_item_line_item_type IN {USAGE} AND {RESOURCE} <> '' AND NOT {IS_NAT}"
        f" AND {kind_sql()} IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT {SHOWN_NATS}"
    )


def gateways():
    """The NAT gateways by cost: [.., GB, cost of bytes, of hours, of bytes in the days before]."""
    now = f"line_item_usage_start_date >= timestamp '{FIRST} 00:00:00'"
    return rows(
        f"SELECT {RESOURCE}, {ACCOUNT}, {NAME}, {REGION},"
        f" sum(CASE WHEN {now} AND {IS_BYTES} THEN {GB} ELSE 0 END),"
        f" sum(CASE WHEN {now} AND {IS_BYTES} THEN {COST} ELSE 0 END),"
        f" sum(CASE WHEN {now} AND NOT {IS_BYTES} THEN {COST} ELSE 0 END),"
        f" sum(CASE WHEN NOT {now} AND {IS_BYTES} THEN {COST} ELSE 0 END)"
        f" FROM {TABLE} WHERE {in_days(BEFORE, LAST)} AND {IS_NAT}"
        " AND line_item_line_item_type = 'Usage' GROUP BY 1, 2, 3, 4"
        f" HAVING date(max(line_item_usage_start_date)) >= date '{FIRST}' ORDER BY 6 DESC, 1"
    )


def networks(region):
    """{NAT gateway: whether its network has a gateway endpoint for S3} as far as EC2 shows them."""
    asked = client("ec2", region)
    gates = [{"Name": "vpc-endpoint-type", "Values": ["Gateway"]}]
    with_s3 = {
        gate["VpcId"]
        for gate in listed(asked, "describe_vpc_endpoints", "VpcEndpoints", Filters=gates)
        if gate["ServiceName"].endswith(".s3") and gate["State"].lower() == "available"
    }
    for nat in listed(asked, "describe_nat_gateways", "NatGateways"):
        yield nat["NatGatewayId"], nat["VpcId"] in with_s3


def deleted_endpoint(account, region):
    """(moment, who, endpoints) of the last deletion in an account's region, 90 days back."""
    until = midnight(LAST + DAY)
    for event in sorted(
        events(region, "EventName", "DeleteVpcEndpoints", until - 90 * DAY, until),
        key=lambda event: event["eventTime"],
        reverse=True,
    ):
        if account_of(event) == account:
            gone = sorted(set(ENDPOINT.findall(json.dumps(event.get("requestParameters")))))
            yield event["eventTime"], actor_of(event), " ".join(gone)[:60]
            return


def by_day(nat, since):
    """{day: cost of the bytes through a NAT gateway}."""
    named = nat.replace("'", "''")
    return dict(
        rows(
            f"SELECT date(line_item_usage_start_date), sum({COST}) FROM {TABLE}"
            f" WHERE {in_days(since, LAST)} AND {RESOURCE} = '{named}' AND {IS_BYTES}"
            " AND line_item_line_item_type = 'Usage' GROUP BY 1"
        )
    )


def since_deletion(nat, moment):
    """What a gateway's bytes cost a day before an endpoint was deleted, and since."""
    day = datetime.fromisoformat(moment.replace("Z", "+00:00")).date()
    costs = by_day(nat, day - WEEK)
    before = [costs.get(day - n * DAY, ZERO) for n in range(1, 8)]
    after = [costs.get(day + n * DAY, ZERO) for n in range(1, (LAST - day).days + 1)]
    return sum(before) / 7, sum(after) / len(after) if after else ZERO


def tell_kinds(found, how):
    """Declare the cost of each kind and service, all usage types of it together."""
    sums = defaultdict(lambda: [ZERO, ZERO])
    for kind, service, _, amount, cost in found:
        sums[kind, service][0] += Decimal(str(amount or 0))
        sums[kind, service][1] += cost or ZERO
    order = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    for (kind, service), (_, cost) in order[:SHOWN]:
        figure(cost, "USD", f"kind, {kind} | {service}", **how)
    if order[SHOWN:]:
        figure(sum(cost for _, (_, cost) in order[SHOWN:]), "USD", "kind, others", **how)
    figure(sum((cost for _, (_, cost) in order), ZERO), "USD", "total", **how)


def tell_largest(found, how):
    for resource, usage_type, account, region, cost in found:
        words = (short(resource)[:50], usage_type[:36], f"{account}, {region}")
        figure(cost, "USD", f"largest, {' | '.join(words)}", **how, resource=resource)


def tell_gateways(found, how):
    """Declare the dearest gateways; what came of deleted endpoints: [gateway, when, who, which]."""
    gates = {}
    for region in sorted({region for _, _, _, region, *_ in found}):
        gates |= dict(answers(f"EC2 in {region}", networks, region))
    told = []
    for row in found[:SHOWN_NATS]:
        nat, account, name, region, gb, bytes_, _, before = row
        gate = {True: "yes", False: "no"}.get(gates.get(short(nat)), "unknown")
        figure(bytes_, "USD", f"NAT, {short(nat)} | {gate} | {name}, {region}", **how)
        figure(gb, "GB", f"GB, {short(nat)}", **how)
        figure(before, "USD", f"processing before, {short(nat)}", **how, days=f"{BEFORE} on")
        if gate == "no":
            for moment, who, gone in answers("CloudTrail", deleted_endpoint, account, region):
                usual, after = since_deletion(nat, moment)
                if after > 2 * usual:
                    saves = (after - usual) * 30
                    figure(usual, "USD", f"a day before, {short(nat)}", **how)
                    figure(after, "USD", f"a day since, {short(nat)}", **how)
                    figure(saves, "USD", f"endpoint saves, {short(nat)}", **how,
                           method="30 days of the rise since the deletion")  # fmt: skip
                    told.append([short(nat), moment, who[:120], gone])
    without = sum((row[5] for row in found if gates.get(short(row[0])) is False), ZERO)
    figure(without, "USD", "processing without endpoint", **how)
    figure(sum((row[5] for row in found), ZERO), "USD", "NAT processing", **how)
    figure(sum((row[6] for row in found), ZERO), "USD", "NAT hours", **how)
    figure(len(found), "NAT gateways", "gateways", **how)
    return told


def main():
    how = {"metric": "unblended cost, usage row types", "period": f"{FIRST} to {LAST}"}
    found, nats = by_kind(FIRST, LAST), gateways()
    finding = {"first": str(FIRST), "last": str(LAST), "before": str(BEFORE)}
    tell_kinds(found, how)
    earlier = sum((cost for *_, cost in by_kind(BEFORE, FIRST - DAY)), ZERO)
    figure(earlier, "USD", "total before", **how, days=f"{BEFORE} to {FIRST - DAY}")
    tell_largest(largest(), how)
    finding["deleted"] = tell_gateways(nats, how)
    tell_accounts_in_sight(sorted({row[3] for row in nats}))
    finding["silent"] = told_of(SILENT)
    file = Path(DATA_DIR) / f"data_transfer_{LAST}.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["kind", "service", "usage_type", "amount", "cost"])
        table.writerows(found)
        table.writerow(["nat_gateway", "account", "region", "gb", "processing", "hours", "before"])
        table.writerows([nat, *rest] for nat, _, *rest in nats)
    finding["file"] = file.name
    print(json.dumps(finding, separators=(",", ":")))


main()
