# ruff: noqa: F821, S608
# mypy: ignore-errors
"""Which accounts' inventory the credentials show: on AWS their own account's alone."""

from collections import defaultdict


def tell_accounts_in_sight(regions):
    """Declare of how many accounts EC2 lists volumes, of those that the bill has volumes of.

    Two of each account's volumes that were charged on the last day are looked up.
    """
    samples = defaultdict(dict)
    for region, account, *volumes in rows(
        f"SELECT {REGION}, {NAME}, min({RESOURCE}), max({RESOURCE})"
        f" FROM {TABLE} WHERE {in_days(LAST, LAST)} AND {RESOURCE} LIKE 'vol-%' GROUP BY 1, 2"
    ):
        samples[region] |= dict.fromkeys(volumes, account)

    def known(region):
        names = [{"Name": "volume-id", "Values": list(samples[region])[:200]}]
        yield from listed(client("ec2", region), "describe_volumes", "Volumes", Filters=names)

    charged = {account for some in samples.values() for account in some.values()}
    seen = {
        samples[region][volume["VolumeId"]]
        for region in regions
        if samples[region]
        for volume in answers(f"EC2 in {region}", known, region)
    }
    how = {"day": str(LAST), "method": "two volumes of each account looked up"}
    figure(len(seen), "accounts", "accounts in sight", **how)
    figure(len(charged), "accounts", "accounts with volumes", **how)
