"""EC2's instance types: what each holds, and that every region and zone has them all."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal
from finops_repl.simulator.handlers.ec2.filters import Described, filtered
from finops_repl.simulator.handlers.ec2.listing import PAGES, page
from finops_repl.simulator.instance_types import InstanceType, instance_types
from finops_repl.simulator.view import invalid

__all__ = ["ZONES", "InstanceTypes"]

ZONES = "abc"
OF_TYPES = replace(PAGES, default=100, most=100)
MBITS_OF_A_MB = 8

FILTERS = {
    "auto-recovery-supported": "AutoRecoverySupported",
    "bare-metal": "BareMetal",
    "burstable-performance-supported": "BurstablePerformanceSupported",
    "current-generation": "CurrentGeneration",
    "ebs-info.attachment-limit-type": "EbsInfo.AttachmentLimitType",
    "ebs-info.maximum-ebs-attachments": "EbsInfo.MaximumEbsAttachments",
    **{
        f"ebs-info.ebs-optimized-info.{word}-{name}": f"EbsInfo.EbsOptimizedInfo.{member}"
        for word, start in (("baseline", "Baseline"), ("maximum", "Maximum"))
        for name, member in (
            ("bandwidth-in-mbps", f"{start}BandwidthInMbps"),
            ("iops", f"{start}Iops"),
            ("throughput-in-mbps", f"{start}ThroughputInMBps"),
        )
    },
    "ebs-info.ebs-optimized-support": "EbsInfo.EbsOptimizedSupport",
    "ebs-info.encryption-support": "EbsInfo.EncryptionSupport",
    "ebs-info.nvme-support": "EbsInfo.NvmeSupport",
    "hypervisor": "Hypervisor",
    "instance-storage-info.disk.count": "InstanceStorageInfo.Disks.Count",
    "instance-storage-info.disk.size-in-gb": "InstanceStorageInfo.Disks.SizeInGB",
    "instance-storage-info.disk.type": "InstanceStorageInfo.Disks.Type",
    "instance-storage-info.total-size-in-gb": "InstanceStorageInfo.TotalSizeInGB",
    "instance-storage-supported": "InstanceStorageSupported",
    "instance-type": "InstanceType",
    "memory-info.size-in-mib": "MemoryInfo.SizeInMiB",
    "network-info.ena-support": "NetworkInfo.EnaSupport",
    "network-info.encryption-in-transit-supported": "NetworkInfo.EncryptionInTransitSupported",
    "network-info.ipv4-addresses-per-interface": "NetworkInfo.Ipv4AddressesPerInterface",
    "network-info.ipv6-addresses-per-interface": "NetworkInfo.Ipv6AddressesPerInterface",
    "network-info.ipv6-supported": "NetworkInfo.Ipv6Supported",
    "network-info.maximum-network-cards": "NetworkInfo.MaximumNetworkCards",
    "network-info.maximum-network-interfaces": "NetworkInfo.MaximumNetworkInterfaces",
    "network-info.network-performance": "NetworkInfo.NetworkPerformance",
    "nitro-tpm-support": "NitroTpmSupport",
    "processor-info.supported-architecture": "ProcessorInfo.SupportedArchitectures",
    "processor-info.sustained-clock-speed-in-ghz": "ProcessorInfo.SustainedClockSpeedInGhz",
    "supported-boot-mode": "SupportedBootModes",
    "supported-root-device-type": "SupportedRootDeviceTypes",
    "supported-usage-class": "SupportedUsageClasses",
    "supported-virtualization-type": "SupportedVirtualizationTypes",
    "vcpu-info.default-cores": "VCpuInfo.DefaultCores",
    "vcpu-info.default-threads-per-core": "VCpuInfo.DefaultThreadsPerCore",
    "vcpu-info.default-vcpus": "VCpuInfo.DefaultVCpus",
}
OFFERED_BY = {"instance-type": "InstanceType", "location": "Location"}


class InstanceTypes:
    """Answers what types there are; nothing of it is an account's."""

    operations = frozenset({"DescribeInstanceTypes", "DescribeInstanceTypeOfferings"})

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        if call.operation == "DescribeInstanceTypeOfferings":
            return _offerings(call)
        known, wanted = instance_types(), list(call.params.get("InstanceTypes") or ())
        unknown = [name for name in wanted if name not in known]
        if unknown:
            return invalid(
                f"The following supplied instance types do not exist: [{', '.join(unknown)}]",
                "InvalidInstanceType",
            )
        described = [_described(each) for name, each in known.items() if name in (wanted or known)]
        found = filtered(described, call.params, FILTERS, tagged=False)
        if isinstance(found, Refusal):
            return found
        return page(found, call.params, "InstanceTypes", OF_TYPES)


def _offerings(call: Call) -> Answer:
    places = {
        "region": (call.region,),
        "availability-zone": tuple(f"{call.region}{letter}" for letter in ZONES),
    }
    kind = str(call.params.get("LocationType") or "region")
    if kind not in places:
        return invalid(
            f"The simulated account tells of the location types {' and '.join(places)}: {kind}",
            "InvalidParameterValue",
        )
    offered = [
        {"InstanceType": name, "LocationType": kind, "Location": place}
        for place in places[kind]
        for name in instance_types()
    ]
    found = filtered(offered, call.params, OFFERED_BY, tagged=False)
    if isinstance(found, Refusal):
        return found
    return page(found, call.params, "InstanceTypeOfferings")


def _described(each: InstanceType) -> Described:
    family = each.family
    nitro, traits = family.is_nitro, family.traits
    boots = ["uefi"] if family.maker == "AWS" else ["legacy-bios", "uefi"][: 1 + nitro]
    spread = ["partition", "spread"]
    return {
        "InstanceType": each.name,
        "CurrentGeneration": each.is_current,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "SupportedRootDeviceTypes": ["ebs"],
        "SupportedVirtualizationTypes": ["hvm"],
        "BareMetal": False,
        "Hypervisor": "nitro" if nitro else "xen",
        "ProcessorInfo": {
            "SupportedArchitectures": [family.architecture],
            "SustainedClockSpeedInGhz": each.ghz,
            "Manufacturer": family.maker,
        },
        "VCpuInfo": {
            "DefaultVCpus": each.vcpus,
            "DefaultCores": each.vcpus // family.threads,
            "DefaultThreadsPerCore": family.threads,
        },
        "MemoryInfo": {"SizeInMiB": each.mib},
        "EbsInfo": _ebs(each),
        "NetworkInfo": _network(each),
        "PlacementGroupInfo": {
            "SupportedStrategies": spread if "burstable" in traits else ["cluster", *spread],
        },
        "BurstablePerformanceSupported": "burstable" in traits,
        "AutoRecoverySupported": "unrecovered" not in traits,
        "SupportedBootModes": boots,
        "NitroTpmSupport": "supported" if nitro else "unsupported",
        **_beside(each),
    }


def _ebs(each: InstanceType) -> Mapping[str, Any]:
    traits, most = each.family.traits, each.ebs_most_mbps
    under_xen = "supported" if "nvme" in traits else "unsupported"
    found: dict[str, Any] = {
        "EbsOptimizedSupport": "default",
        "EncryptionSupport": "supported",
        "EbsOptimizedInfo": {
            "BaselineBandwidthInMbps": each.ebs_mbps,
            "BaselineThroughputInMBps": each.ebs_mbps / MBITS_OF_A_MB,
            "BaselineIops": each.ebs_iops,
            "MaximumBandwidthInMbps": most,
            "MaximumThroughputInMBps": most / MBITS_OF_A_MB,
            "MaximumIops": each.ebs_most_iops,
        },
        "NvmeSupport": "required" if each.family.is_nitro else under_xen,
    }
    if each.volumes:
        found["MaximumEbsAttachments"] = each.volumes
        found["AttachmentLimitType"] = "dedicated" if "dedicated" in traits else "shared"
    return found


def _network(each: InstanceType) -> Mapping[str, Any]:
    card: dict[str, Any] = {
        "NetworkCardIndex": 0,
        "NetworkPerformance": each.network,
        "MaximumNetworkInterfaces": each.interfaces,
    }
    if each.peak_gbps:
        card |= {
            "BaselineBandwidthInGbps": each.baseline_gbps,
            "PeakBandwidthInGbps": each.peak_gbps,
        }
    return {
        "NetworkPerformance": each.network,
        "MaximumNetworkInterfaces": each.interfaces,
        "MaximumNetworkCards": 1,
        "DefaultNetworkCardIndex": 0,
        "NetworkCards": [card],
        "Ipv4AddressesPerInterface": each.addresses,
        "Ipv6AddressesPerInterface": each.addresses,
        "Ipv6Supported": True,
        "EnaSupport": "required" if each.family.is_nitro else "supported",
        "EncryptionInTransitSupported": "encrypted" in each.family.traits,
    }


def _beside(each: InstanceType) -> Mapping[str, Any]:
    """Disks and GPUs, where a type has some."""
    (count, gb), gpu = each.disks, each.family.gpu
    found: dict[str, Any] = {"InstanceStorageSupported": bool(count)}
    if count:
        found["InstanceStorageInfo"] = {
            "TotalSizeInGB": count * gb,
            "Disks": [{"SizeInGB": gb, "Count": count, "Type": "ssd"}],
            "NvmeSupport": "required",
            "EncryptionSupport": "required",
        }
    if gpu:
        found["GpuInfo"] = {
            "Gpus": [{
                "Name": gpu.name, "Manufacturer": "NVIDIA", "Count": each.gpus,
                "MemoryInfo": {"SizeInMiB": gpu.mib},
            }],
            "TotalGpuMemoryInMiB": each.gpus * gpu.mib,
        }  # fmt: skip
    return found
