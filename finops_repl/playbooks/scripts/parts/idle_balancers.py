# ruff: noqa: F821
# mypy: ignore-errors
"""Load balancers that nothing stands behind and nobody asks, by inventory and CloudWatch."""

MOST_BALANCERS, QUIET_DAYS = 1_000, 14
BALANCERS = {  # what tells of traffic, by the beginning of a balancer's name in CloudWatch
    "app": ("AWS/ApplicationELB", "RequestCount"),
    "net": ("AWS/NetworkELB", "ProcessedBytes"),
}


def idle_balancers(region):
    """Load balancers that are old enough, have no target, and had no traffic in 14 days."""
    asked = client("elbv2", region)
    old = f"{LAST - QUIET_DAYS * DAY}"
    found = {
        balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]: balancer["LoadBalancerArn"]
        for balancer in listed(asked, "describe_load_balancers", "LoadBalancers")
        if f"{balancer['CreatedTime']:%Y-%m-%d}" < old
    }
    names = [name for name in found if name[:3] in BALANCERS][:MOST_BALANCERS]
    for name in silent_balancers(region, names):
        groups = list(
            listed(asked, "describe_target_groups", "TargetGroups", LoadBalancerArn=found[name])
        )
        targets = sum(
            len(
                asked.describe_target_health(TargetGroupArn=group["TargetGroupArn"])[
                    "TargetHealthDescriptions"
                ]
            )
            for group in groups
        )
        if not targets:
            yield found[name]


def silent_balancers(region, names):
    """Those of the load balancers whose metric has no value above 0; a metric each is paid."""
    watch, traffic = client("cloudwatch", region), set()
    for start in range(0, len(names), 500):
        some = names[start : start + 500]
        asked = {
            "StartTime": midnight(LAST - (QUIET_DAYS - 1) * DAY),
            "EndTime": midnight(LAST + DAY),
            "MetricDataQueries": [
                {
                    "Id": f"m{place}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": BALANCERS[name[:3]][0],
                            "MetricName": BALANCERS[name[:3]][1],
                            "Dimensions": [{"Name": "LoadBalancer", "Value": name}],
                        },
                        "Period": 86_400,
                        "Stat": "Sum",
                    },
                }
                for place, name in enumerate(some)
            ],
        }
        for result in listed(watch, "get_metric_data", "MetricDataResults", **asked):
            if any(result["Values"]):
                traffic.add(some[int(result["Id"][1:])])
    return [name for name in names if name not in traffic]
