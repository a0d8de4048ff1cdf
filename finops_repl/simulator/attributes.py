"""What the bill tells of a product beyond its type: the attributes that AWS's price list gives it.

Published views of the bill tell Graviton from Intel and one storage class from another by these.
Source of names and values: the attributes of AWS's price lists for EC2, S3, RDS, Lambda, ELB and
DynamoDB. The price lists name each family's Intel processor; here all are the family's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finops_repl.simulator.offers import Offer

__all__ = ["Attributes", "attributes"]

PROCESSORS = {
    "AWS Graviton2 Processor": ("t4g", "m6g", "c6g", "r6g"),
    "AWS Graviton3 Processor": ("m7g", "c7g", "r7g"),
    "AMD EPYC 7R32": ("g5",),
}
INTEL = "Intel Xeon Family"

EBS_TYPES = {
    "gp2": "General Purpose",
    "gp3": "General Purpose",
    "piops": "Provisioned IOPS",
    "io2": "Provisioned IOPS",
    "st1": "Throughput Optimized HDD",
}
S3_CLASSES = {  # by operation: the volume type and the storage class
    "StandardStorage": ("Standard", "General Purpose"),
    "IntelligentTieringFAStorage": (
        "Intelligent-Tiering Frequent Access", "Intelligent-Tiering",
    ),
    "StandardIAStorage": ("Standard - Infrequent Access", "Infrequent Access"),
    "OneZoneIAStorage": ("One Zone - Infrequent Access", "Infrequent Access"),
    "GlacierInstantRetrievalStorage": ("Glacier Instant Retrieval", "Archive Instant Retrieval"),
    "GlacierStorage": ("Amazon Glacier", "Archive"),
    "DeepArchiveStorage": ("Glacier Deep Archive", "Archive"),
}  # fmt: skip
GROUPS: Mapping[tuple[str, str], str] = {  # by product code and how a usage type begins
    ("AWSLambda", "Lambda-GB-Second-ARM"): "AWS-Lambda-Duration-ARM",
    ("AWSLambda", "Lambda-GB-Second"): "AWS-Lambda-Duration",
    ("AWSLambda", "Request"): "AWS-Lambda-Requests",
    ("AWSELB", "LoadBalancerUsage"): "ELB:Balancer",
    ("AWSELB", "LCUUsage"): "ELB:Balancing",
    ("AmazonEC2", "NatGateway"): "NGW:NatGateway",
    ("AmazonEC2", "EBS:VolumeP-IOPS"): "EBS IOPS",
    ("AmazonEC2", "EBS:VolumeP-Throughput"): "EBS Throughput",
    ("AmazonDynamoDB", "Read"): "DDB-ReadUnits",
    ("AmazonDynamoDB", "Write"): "DDB-WriteUnits",
    ("AmazonVPC", "PublicIPv4"): "VPCPublicIPv4Address",
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of a product; what it does not have is empty."""

    processor: str
    generation: str
    license_model: str
    product_group: str
    volume_class: str
    storage_class: str


def attributes(offer: Offer) -> Attributes:
    """The attributes of what is offered."""
    family = offer.instance_family.rpartition(".")[2]
    processor = next((name for name, of in PROCESSORS.items() if family in of), INTEL)
    volume, storage = _storage(offer)
    return Attributes(
        processor if family else "", "Yes" if family else "", _license(offer), _group(offer),
        volume, storage,
    )  # fmt: skip


def _license(offer: Offer) -> str:
    if offer.os:
        return "No License required"
    if offer.family != "Database Instance":
        return ""
    return "License included" if offer.engine == "SQL Server" else "No license required"


def _group(offer: Offer) -> str:
    code = offer.service.code
    if code == "AmazonS3" and offer.usage.startswith("Requests-"):
        return f"S3-API-{offer.usage.removeprefix('Requests-')}"
    starts = (
        name for (of, begin), name in GROUPS.items() if of == code and offer.usage.startswith(begin)
    )
    return next(starts, "")


def _storage(offer: Offer) -> tuple[str, str]:
    """The volume type and, in S3 alone, the storage class."""
    kind = offer.usage.rpartition(".")[2]
    if offer.usage.startswith("EBS:Volume"):
        return EBS_TYPES.get(kind, ""), ""
    if offer.service.code == "AmazonS3" and offer.family == "Storage":
        return S3_CLASSES[offer.operation]
    if offer.family == "Database Storage" and offer.service.code == "AmazonRDS":
        return ("General Purpose-GP3" if "GP3" in offer.usage else "Provisioned IOPS"
                if "PIOPS" in offer.usage else "General Purpose-Aurora"), ""  # fmt: skip
    return "", ""
