# ruff: noqa: F821, T201
# mypy: ignore-errors
"""Tell what gp2 volumes would save as gp3, by the load that CloudWatch saw.

A month of gp3 is its GB, the IOPS beyond 3,000 and the MiB/s beyond 125, at the region's list
prices; IOPS and MiB/s are the most of five minutes in 14 days, or the most that gp2 gives where a
volume was not watched. A volume attached to nothing is no candidate: it is to be deleted.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

# parts: athena charged asking sight

DAYS = int(params.get("days", 30))
SHOWN, WATCHED, WATCH_DAYS, PERIOD = 8, 25, 14, 300
FREE_IOPS, FREE_MIBPS, MIB = 3_000, 125, 1 << 20
LOADS = ("VolumeReadOps", "VolumeWriteOps", "VolumeReadBytes", "VolumeWriteBytes")
LAST = last_complete_day()
FIRST = LAST - (DAYS - 1) * DAY


def prices(region):
    """{`VolumeUsage.gp2`: dollars a month} of gp2 and gp3, by the Price List of today."""
    for kind in ("gp2", "gp3"):
        words = {"regionCode": region, "volumeApiName": kind}
        only = [{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in words.items()]
        for text in listed(
            client("pricing"), "get_products", "PriceList", ServiceCode="AmazonEC2", Filters=only
        ):
            product = json.loads(text)
            (term,) = product["terms"]["OnDemand"].values()
            first = next(iter(term["priceDimensions"].values()))
            usage = product["product"]["attributes"]["usagetype"].rpartition("EBS:")[2]
            price = Decimal(first["pricePerUnit"]["USD"])
            # Throughput is sold by the GiB/s, a MiB/s is its 1024th part.
            yield usage, price / 1024 if "Throughput" in usage else price


def gp2_volumes(region):
    only = [{"Name": "volume-type", "Values": ["gp2"]}]
    for volume in listed(client("ec2", region), "describe_volumes", "Volumes", Filters=only):
        yield volume["VolumeId"], volume["Size"], volume["State"]


def at_most(gb):
    """The IOPS and MiB/s that gp2 gives a volume of so many GB. Source: EBS user guide, gp2."""
    return max(FREE_IOPS, min(16_000, 3 * gb)), 128 if gb <= 170 else 250


def watched(region, volumes):
    """(volume, most IOPS, most MiB/s) in five minutes of 14 days; four metrics each are paid."""
    asked = {
        "StartTime": midnight(LAST - (WATCH_DAYS - 1) * DAY),
        "EndTime": midnight(LAST + DAY),
        "MetricDataQueries": [
            {
                "Id": f"m{place}_{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/EBS",
                        "MetricName": name,
                        "Dimensions": [{"Name": "VolumeId", "Value": volume}],
                    },
                    "Period": PERIOD,
                    "Stat": "Sum",
                },
            }
            for place, volume in enumerate(volumes)
            for number, name in enumerate(LOADS)
        ],
    }
    sums = defaultdict(lambda: defaultdict(float))
    for result in listed(
        client("cloudwatch", region), "get_metric_data", "MetricDataResults", **asked
    ):
        place, _, number = result["Id"][1:].partition("_")
        what = "ops" if int(number) < 2 else "bytes"
        for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
            sums[volumes[int(place)], what][moment] += value
    for volume in volumes:
        if sums[volume, "ops"]:  # no value at all says nothing
            most = [max(sums[volume, what].values(), default=0) for what in ("ops", "bytes")]
            yield volume, round(most[0] / PERIOD), round(most[1] / PERIOD / MIB)


def as_gp3(volume, gb, load, price):
    """A volume's load, and what it saves a month at list prices."""
    iops, mibps = load or at_most(gb)
    saving = (
        gb * (price["VolumeUsage.gp2"] - price["VolumeUsage.gp3"])
        - max(0, iops - FREE_IOPS) * price.get("VolumeP-IOPS.gp3", ZERO)
        - max(0, mibps - FREE_MIBPS) * price.get("VolumeP-Throughput.gp3", ZERO)
    )
    return {"volume": volume, "gb": gb, "iops": iops, "mibps": mibps, "watched": bool(load),
            "saving": saving}  # fmt: skip


def candidates(region):
    """The attached gp2 volumes of a region, as gp3, and how many are attached to nothing."""
    volumes = answers(f"EC2 in {region}", gp2_volumes, region)
    at_work = sorted(((gb, id_) for id_, gb, state in volumes if state == "in-use"), reverse=True)
    loose = len(volumes) - len(at_work)
    if not at_work:
        return [], loose
    price = dict(answers(f"the price list in {region}", prices, region))
    if not {"VolumeUsage.gp2", "VolumeUsage.gp3"} <= price.keys():
        SILENT.setdefault(f"the price list in {region}", "it names no price of gp2 and gp3")
        return [], loose
    some = [id_ for _, id_ in at_work[:WATCHED]]
    loads = {
        volume: load for volume, *load in answers(f"CloudWatch in {region}", watched, region, some)
    }
    return [
        {"region": region, **as_gp3(id_, gb, loads.get(id_), price)} for gb, id_ in at_work
    ], loose


def tell(found, how):
    """Declare what the accounts that would save most would save, the others, and all."""
    groups = defaultdict(list)
    for each in found:
        groups[each["account"], each["region"]].append(each)
    order = sorted(groups.items(), key=lambda item: (-sum(v["saving"] for v in item[1]), item[0]))
    for where, some in order[:SHOWN]:
        saved, gb = (sum(volume[name] for volume in some) for name in ("saving", "gb"))
        figure(saved, "USD", f"saves, gp2 ×{len(some)}, GB: {gb} | {', '.join(where)}", **how)
    rest = [volume["saving"] for _, some in order[SHOWN:] for volume in some]
    if rest:
        figure(sum(rest), "USD", "saves, others", **how)
    figure(sum((volume["saving"] for volume in found), ZERO), "USD", "saves", **how)


def main():
    regions = regions_with("AmazonEC2")
    looked = [candidates(region) for region in regions]
    found = [each for some, _ in looked for each in some if each["saving"] > 0]
    costs = charged([each["volume"] for each in found], FIRST, LAST)
    for each in found:
        _, each["account"], each["cost"], *_ = costs.get(
            each["volume"], ("", "not on the bill", ZERO)
        )
    how = {"metric": "list price a month of gp2 less gp3", "load": f"{WATCH_DAYS} days to {LAST}"}
    finding = {"first": str(FIRST), "last": str(LAST)}
    tell(found, how)
    figure(sum((v["cost"] for v in found), ZERO), "USD", "cost now",
           metric="amortized cost of usage", period=f"{FIRST} to {LAST}")  # fmt: skip
    seen = [each for each in found if each["watched"]]
    figure(max((v["iops"] for v in seen), default=0), "IOPS", "most IOPS", **how)
    attached, loose = sum(len(some) for some, _ in looked), sum(loose for _, loose in looked)
    for count, what in (
        (len(found), "count"),
        (len(seen), "watched"),
        (attached - len(found), "kept"),
        (loose, "loose"),
    ):
        figure(count, "volumes", what, regions=" ".join(regions))
    tell_accounts_in_sight(regions)
    finding["silent"] = told_of(SILENT)

    file = Path(DATA_DIR) / f"gp2_to_gp3_{LAST}.csv"
    columns = ("volume", "account", "region", "gb", "iops", "mibps", "watched", "cost", "saving")
    with file.open("w", newline="") as out:
        table = csv.DictWriter(out, columns)
        table.writeheader()
        table.writerows(sorted(found, key=lambda each: -each["saving"]))
    finding["file"] = file.name
    print(f"{len(found)} gp2 volumes would cost less as gp3")
    print(json.dumps(finding, separators=(",", ":")))


main()
