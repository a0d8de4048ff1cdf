# ruff: noqa: F821, T201
# mypy: ignore-errors
"""What a month will cost: month to date and Cost Explorer's forecast, the run rate beside them.

Unblended cost without Credit, Refund and Tax, which are told beside it. A forecast begins today:
of the month that is under way, its days are added to what was spent, because it is not settled
whether the bucket of that month holds the whole of it or what is left. The width of its interval
is the same either way. A month to come is a bucket of its own.

Cost Explorer cannot be asked what it would have said earlier, so it is the run rate that is tried
on the last six months: as of the same day of a month, as far ahead. A request costs $0.01.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from statistics import mean, median

import boto3

# parts: bill_if_any

MONTH = params.get("month") or "this"  # this, next, 12 (the next December) or 2026-12
LEVEL = int(params.get("interval") or 80)  # percent
APART = ["Credit", "Refund", "Tax"]
WITHOUT_APART = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": APART}}}
PAST, AHEAD = "UnblendedCost", "UNBLENDED_COST"  # one metric, two spellings
METRIC = "unblended cost without Credit, Refund, Tax, Cost Explorer"
TESTED, WEEK, DAY = 6, 7, timedelta(days=1)

ce = boto3.client("ce", region_name="us-east-1")


def shifted(month, by):
    """The first day of the month that many months later."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def wanted(today):
    """The first day of the month that is asked for."""
    this = today.replace(day=1)
    if MONTH in ("this", "next"):
        return shifted(this, ("this", "next").index(MONTH))
    if len(MONTH) > 2:
        return date.fromisoformat(f"{MONTH}-01")
    return shifted(this, (int(MONTH) - this.month) % 12)


def period(first, end):
    return {"Start": str(first), "End": str(end)}


def days_of(first, end):
    return [first + n * DAY for n in range((end - first).days)]


def daily_costs(first, end):
    told = ce.get_cost_and_usage(
        TimePeriod=period(first, end),
        Granularity="DAILY",
        Metrics=[PAST],
        Filter=WITHOUT_APART,
    )
    if told.get("NextPageToken"):
        raise SystemExit("Cost Explorer has more than one page: nothing is summed from a part")
    costs = [(each["TimePeriod"]["Start"], each["Total"][PAST]) for each in told["ResultsByTime"]]
    unit = next((cost["Unit"] for _, cost in costs if Decimal(cost["Amount"])), "USD")
    return {date.fromisoformat(day): Decimal(cost["Amount"]) for day, cost in costs}, unit


def set_apart(month, end):
    """Credits, refunds and tax of a month so far, by their type."""
    told = ce.get_cost_and_usage(
        TimePeriod=period(month, end),
        Granularity="MONTHLY",
        Metrics=[PAST],
        Filter=WITHOUT_APART["Not"],
        GroupBy=[{"Type": "DIMENSION", "Key": "RECORD_TYPE"}],
    )
    groups = [group for each in told["ResultsByTime"] for group in each["Groups"]]
    return {group["Keys"][0]: Decimal(group["Metrics"][PAST]["Amount"]) for group in groups}


def forecast(granularity, first, end):
    """The buckets as (first day, mean, lower bound, upper bound); none with too little history."""
    try:
        told = ce.get_cost_forecast(
            TimePeriod=period(first, end),
            Granularity=granularity,
            Metric=AHEAD,
            Filter=WITHOUT_APART,
            PredictionIntervalLevel=LEVEL,
        )
    except ce.exceptions.DataUnavailableException:
        return []
    names = ("MeanValue", "PredictionIntervalLowerBound", "PredictionIntervalUpperBound")
    return [
        (each["TimePeriod"]["Start"], *(Decimal(each[name]) for name in names))
        for each in told["ForecastResultsByTime"]
    ]


def run_rate(costs, last, month):
    """A month as known on the day `last`: each day to come costs as the mean day of the last week.

    First days of months, on which fees land, are no part of that mean. A first day to come costs so
    much more as the last three did, in the median.
    """
    known = [day for day in costs if day <= last]
    usual = mean(costs[day] for day in [day for day in known if day.day > 1][-WEEK:])
    firsts = [day for day in known if day.day == 1 and day + WEEK * DAY <= last][-3:]
    fees = [costs[day] - mean(costs[day + n * DAY] for n in range(1, WEEK + 1)) for day in firsts]
    fee = median(fees) if fees else Decimal(0)
    return sum(
        costs[day] if day <= last else usual + (fee if day.day == 1 else 0)
        for day in days_of(month, shifted(month, 1))
    )


def tried(costs, last, month):
    """The run rate on the last whole months: (month, actual, what it said), oldest first."""
    this = (last + DAY).replace(day=1)
    ahead = (month.year - this.year) * 12 + month.month - this.month
    began = next((day for day, cost in costs.items() if cost), last)
    found = []
    for back in range(TESTED, 0, -1):
        then, known_month = shifted(this, -back), shifted(this, -back - ahead)
        # As many days into the month as today is, or all of them.
        seen = min(known_month + (last - this), shifted(known_month, 1) - DAY)
        if seen - 2 * WEEK * DAY >= began:
            actual = sum(costs[day] for day in days_of(then, shifted(then, 1)))
            found += [(then, actual, run_rate(costs, seen, then))] if actual else []
    return found


def tell_forecast(costs, unit, today, month):
    """The figures of Cost Explorer's forecast; whether there is one."""
    this, end = today.replace(day=1), shifted(month, 1)
    found = forecast("MONTHLY", today, end)
    if not found:
        return False
    _, total, least, most = found[-1]
    below, above = total - least, most - total
    how = {"metric": METRIC, "period": f"{month:%Y-%m}", "estimated": "yes"}
    how["method"] = "GetCostForecast by the month"
    if month == this:
        left = sum(each for _, each, _, _ in forecast("DAILY", today, end))
        figure(left, unit, "days to come", **{**how, "period": f"{today} to {end - DAY}"})
        total = left + sum(costs[day] for day in days_of(this, today))
        how["method"] = "month to date + GetCostForecast by the day"
    before = sum(costs[day] for day in days_of(shifted(this, -1), this))
    figure(total, unit, "forecast", **how)
    figure(total - below, unit, "at least", **how, interval_percent=LEVEL)
    figure(total + above, unit, "at most", **how, interval_percent=LEVEL)
    figure((total / before - 1) * 100 if before else 0, "percent", "change", **how)
    print(f"{month:%Y-%m} will cost about {total:,.2f} {unit}, says Cost Explorer")
    return True


def tell_run_rate(costs, unit, last, month):
    """The figures of the run rate and of how far it was off; the months that it was tried on."""
    how = {"metric": METRIC, "period": f"{month:%Y-%m}", "estimated": "yes"}
    how["method"] = "each day to come like the mean day of the last week, fees of first days once"
    rate = run_rate(costs, last, month)
    figure(rate, unit, "run rate", **how)
    print(f"{month:%Y-%m} will cost about {rate:,.2f} {unit} by the run rate")
    months = tried(costs, last, month)
    for then, actual, said in months:
        how["period"] = f"{then:%Y-%m}"
        figure(actual, unit, f"actual, {then:%Y-%m}", metric=METRIC, period=how["period"])
        figure(said, unit, f"run rate said, {then:%Y-%m}", **how)
        figure((said / actual - 1) * 100, "percent", f"run rate off by, {then:%Y-%m}", **how)
    errors = [abs(said / actual - 1) * 100 for _, actual, said in months]
    if errors:
        how["period"] = f"{months[0][0]:%Y-%m} to {months[-1][0]:%Y-%m}"
        figure(mean(errors), "percent", "usual error", **how)
    return [f"{then:%Y-%m}" for then, _, _ in months]


def main():
    today = account_day()
    this, month, last = today.replace(day=1), wanted(today), today - DAY
    if month < this:
        raise SystemExit(f"{month:%Y-%m} is over: ask what was spent in it")
    costs, unit = daily_costs(shifted(this, -12), today)
    if not any(costs.values()):
        raise SystemExit("Cost Explorer holds no cost of the last twelve months")
    before = shifted(this, -1)
    finding = {"month": f"{month:%Y-%m}", "before": f"{before:%Y-%m}", "today": str(today)}
    finding |= {"is_open": month == this, "level": LEVEL}
    sums = {"last month": (before, this), "month to date": (this, today)}
    for label, (first, end) in sums.items():
        spent = sum(costs[day] for day in days_of(first, end))
        figure(spent, unit, label, metric=METRIC, period=f"{first} to {end - DAY}")
    days = [day for day in days_of(last - 5 * WEEK * DAY + DAY, today) if day.day > 1]
    spans = {"a day lately": days[-WEEK:], "a day before": days[:-WEEK]}
    for label, span in spans.items():
        period_told = f"{span[0]} to {span[-1]}, no first days of months"
        usual = mean(costs[day] for day in span)
        figure(usual, unit, label, metric=METRIC, period=period_told)
    finding["has_forecast"] = tell_forecast(costs, unit, today, month)
    finding["tried"] = tell_run_rate(costs, unit, last, month)
    apart_of = this if month == this and last >= this else before
    for kind, amount in set_apart(apart_of, min(shifted(apart_of, 1), today)).items():
        figure(amount, unit, f"apart {kind}", metric="unblended cost", period=f"{apart_of:%Y-%m}")
        finding.setdefault("apart", []).append(kind)
    finding["apart_of"] = f"{apart_of:%Y-%m}"
    # Cost Explorer is about a day late: a day that cost half of the ones before is not all there.
    finding["is_late"] = last.day > 1 and costs[last] < mean(costs[day] for day in days[-8:-1]) / 2
    print(json.dumps(finding))


main()
