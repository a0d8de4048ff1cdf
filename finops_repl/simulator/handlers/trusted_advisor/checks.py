"""Trusted Advisor's checks of cost optimisation, in its own words, with its own columns.

Source: AWS Support user guide, "Cost optimization checks".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHECKS", "Check"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check: `columns` are those of a flagged resource's metadata."""

    id: str
    name: str
    description: str
    service: str
    resource_type: str
    columns: tuple[str, ...]


_DAYS = tuple(f"Day {number}" for number in range(1, 15))
CHECKS = (
    Check(
        "Qch7DwouX1", "Low Utilization Amazon EC2 Instances",
        "Checks the Amazon EC2 instances that were running at any time during the last 14 days and"
        " alerts you if the daily CPU utilization was 10% or less and network I/O was 5 MB or less"
        " for at least 4 days.",
        "ec2", "AWS::EC2::Instance",
        ("Region/AZ", "Instance ID", "Instance Name", "Instance Type", "Estimated Monthly Savings",
         *_DAYS, "14-Day Average CPU Utilization", "14-Day Average Network I/O",
         "Number of Days Low Utilization"),
    ),
    Check(
        "hjLMh88uM8", "Idle Load Balancers",
        "Checks your Elastic Load Balancing configuration for load balancers that are idle: Classic"
        " Load Balancers with no active back-end instances, no healthy ones, or fewer than 100"
        " requests a day for the last 7 days.",
        "elb", "AWS::ElasticLoadBalancing::LoadBalancer",
        ("Region", "Load Balancer Name", "Reason", "Estimated Monthly Savings"),
    ),
    Check(
        "Z4AUBRNSmz", "Unassociated Elastic IP Addresses",
        "Checks for Elastic IP addresses (EIPs) that are not associated with a running Amazon EC2"
        " instance.",
        "ec2", "AWS::EC2::EIP", ("Region", "IP Address"),
    ),
    Check(
        "DAvU99Dc4C", "Underutilized Amazon EBS Volumes",
        "Checks Amazon EBS volume configurations and warns when volumes appear to be underutilized:"
        " unattached, or with less than 1 IOPS a day for the past 7 days.",
        "ebs", "AWS::EC2::Volume",
        ("Region", "Volume ID", "Volume Name", "Volume Type", "Volume Size", "Monthly Storage Cost",
         "Snapshot ID", "Snapshot Name", "Snapshot Age"),
    ),
    Check(
        "Ti39halfu8", "Amazon RDS Idle DB Instances",
        "Checks the configuration of your Amazon RDS for any database instances that appear to be"
        " idle: with no connection for the last 7 days.",
        "rds", "AWS::RDS::DBInstance",
        ("Region", "DB Instance Name", "Multi-AZ", "Instance Type", "Storage Provisioned (GB)",
         "Days Since Last Connection", "Estimated Monthly Savings (On Demand)"),
    ),
)  # fmt: skip
"""Those of the simulated account; AWS has more."""
