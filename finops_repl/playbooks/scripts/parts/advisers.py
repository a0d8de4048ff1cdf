# ruff: noqa: F821
# mypy: ignore-errors
"""What AWS's advisers say is idle or too large, each finding under the name of its rule.

A finding goes to the list `ended`, `resized`, or `quiet` where it is only little used.
"""

import re
from decimal import Decimal

TYPES = {  # how the Hub and Compute Optimizer name a kind
    "Ec2Instance": "instance",
    "EC2Instance": "instance",
    "EbsVolume": "volume",
    "EBSVolume": "volume",
    "NatGateway": "NAT gateway",
    "RdsDbInstance": "database",
    "RDSDBInstance": "database",
    "Ec2AutoScalingGroup": "scaling group",
    "AutoScalingGroup": "scaling group",
    "EcsService": "ECS service",
    "ECSService": "ECS service",
    "LambdaFunction": "function",
}
CHECKS = {  # Trusted Advisor's, by what they find
    "hjLMh88uM8": ("Idle Load Balancers", "load balancer"),
    "Z4AUBRNSmz": ("Unassociated Elastic IP Addresses", "address"),
    "DAvU99Dc4C": ("Underutilized Amazon EBS Volumes", "volume"),
    "Ti39halfu8": ("Amazon RDS Idle DB Instances", "database"),
    "Qch7DwouX1": ("Low Utilization Amazon EC2 Instances", "instance"),
}
LOW = "Qch7DwouX1"  # 10 % CPU on 4 of 14 days: a machine that rests at weekends, too
SIZE = re.compile(r" \(\d+ GB\)")


def finding_of(kind_of_list, rule, kind, resource, region, **more):
    return {"to": kind_of_list, "rule": rule, "kind": kind, "resource": resource,
            "region": region, **more}  # fmt: skip


def hub():
    asked = client("cost-optimization-hub")
    for item in listed(asked, "list_recommendations", "items"):
        kind, action = TYPES.get(item["currentResourceType"]), item["actionType"]
        if kind is None:
            continue  # a commitment, say: it comes after what is too large is made smaller
        resource = item.get("resourceArn") or item["resourceId"]
        found = (f"Hub: {action}", kind, resource, item["region"])
        if action in ("Stop", "Delete"):
            yield finding_of("ended", *found, account=item["accountId"])
            continue
        now, then = item["currentResourceSummary"], item["recommendedResourceSummary"]
        do = SIZE.sub("", f"{action.lower()}: {now} to {then}")
        saving = Decimal(str(item["estimatedMonthlySavings"]))
        yield finding_of("resized", *found, account=item["accountId"], saving=saving, do=do)


def compute_optimizer(region):
    asked = client("compute-optimizer", region)
    for item in listed(asked, "get_idle_recommendations", "idleRecommendations"):
        kind = TYPES.get(item["resourceType"], item["resourceType"])
        found = (f"Compute Optimizer: {item['finding']}", kind, item["resourceArn"], region)
        yield finding_of("ended", *found, account=item["accountId"])


def trusted_advisor():
    asked = client("trustedadvisor")
    told = {"pillar": "cost_optimizing", "source": "ta_check"}
    for advice in listed(asked, "list_recommendations", "recommendationSummaries", **told):
        check = advice.get("checkArn", "").rpartition("/")[2]
        if check not in CHECKS:
            continue
        name, kind = CHECKS[check]
        for item in listed(
            asked,
            "list_recommendation_resources",
            "recommendationResourceSummaries",
            recommendationIdentifier=advice["arn"],
        ):
            if item["status"] == "ok" or item.get("exclusionStatus") == "excluded":
                continue
            where = "quiet" if check == LOW else "ended"
            rule = f"Trusted Advisor: {name}"
            yield finding_of(where, rule, kind, item["awsResourceId"], item["regionCode"])


def rightsizing():
    """Cost Explorer's, at $0.01 a page."""
    asked, token = client("ce"), {}
    while True:
        page = asked.get_rightsizing_recommendation(
            Service="AmazonEC2",
            Configuration={
                "RecommendationTarget": "SAME_INSTANCE_FAMILY",
                "BenefitsConsidered": True,
            },
            **token,
        )
        for item in page["RightsizingRecommendations"]:
            machine = item["CurrentInstance"]
            details = machine["ResourceDetails"]["EC2ResourceDetails"]
            found = ("instance", machine["ResourceId"], details["Region"])
            if item["RightsizingType"] == "TERMINATE":
                yield finding_of("ended", "Cost Explorer: Terminate", *found)
                continue
            best = item["ModifyRecommendationDetail"]["TargetInstances"][0]
            size = best["ResourceDetails"]["EC2ResourceDetails"]["InstanceType"]
            saving = Decimal(best["EstimatedMonthlySavings"])
            do = f"rightsize: {details['InstanceType']} to {size}"
            yield finding_of("resized", "Cost Explorer: Modify", *found, saving=saving, do=do)
        if not page.get("NextPageToken"):
            return
        token = {"NextPageToken": page["NextPageToken"]}
