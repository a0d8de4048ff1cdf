"""The Price List API: the offers of the simulated AWS at their public on-demand prices.

A product's sku is the bill's `product_sku`, and its price the bill's on-demand rate. AWS has this
API in three regions.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.pricing.products import Product, codes, products
from finops_repl.simulator.view import invalid

__all__ = ["PricingService"]

REGIONS = ("us-east-1", "eu-central-1", "ap-south-1")
VERSION = "aws_v1"
MATCHES = ("TERM_MATCH", "EQUALS", "CONTAINS", "ANY_OF", "NONE_OF")
INVALID = "InvalidParameterException"
SERVICES_PER_PAGE, VALUES_PER_PAGE, PRODUCTS_PER_PAGE = 100, 10_000, 100


class Invalid(ValueError):
    """A request that the Price List refuses, with its error code."""

    def __init__(self, message: str, code: str = INVALID) -> None:
        super().__init__(message)
        self.code = code


class PricingService:
    """Answers what services, attributes and products there are; nothing of it is an account's."""

    operations = frozenset({"DescribeServices", "GetAttributeValues", "GetProducts"})

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        try:
            if call.region not in REGIONS:
                raise Invalid(
                    f"The Price List API has no endpoint in {call.region}: {', '.join(REGIONS)}"
                )
            if params.get("FormatVersion", VERSION) != VERSION:
                raise Invalid(f"FormatVersion must be {VERSION}: {params['FormatVersion']}")
            match call.operation:
                case "DescribeServices":
                    return self._services(params)
                case "GetAttributeValues":
                    return self._values(params)
            return self._products(params)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

    def _services(self, params: Mapping[str, Any]) -> Answer:
        code = params.get("ServiceCode")
        wanted = [_known(str(code))] if code else codes()
        listed = [
            {"ServiceCode": each, "AttributeNames": _attributes(products(each))} for each in wanted
        ]
        shown, next_ = _page(listed, params, SERVICES_PER_PAGE)
        return Result({"Services": shown, "FormatVersion": VERSION} | next_)

    def _values(self, params: Mapping[str, Any]) -> Answer:
        found = products(_known(str(params.get("ServiceCode"))))
        name = str(params.get("AttributeName"))
        values = sorted({each.attributes[name] for each in found if name in each.attributes})
        if not values:
            raise Invalid(
                f"AttributeName {name} is not valid: {', '.join(_attributes(found))}",
                "NotFoundException",
            )
        shown, next_ = _page([{"Value": each} for each in values], params, VALUES_PER_PAGE)
        return Result({"AttributeValues": shown} | next_)

    def _products(self, params: Mapping[str, Any]) -> Answer:
        found = products(_known(str(params.get("ServiceCode"))))
        for given in params.get("Filters") or ():
            how, field, value = (str(given.get(name)) for name in ("Type", "Field", "Value"))
            if how not in MATCHES:
                raise Invalid(f"Filters: Type must be one of {', '.join(MATCHES)}: {how}")
            found = [each for each in found if _matches(each, how, field, value)]
        shown, next_ = _page(found, params, PRODUCTS_PER_PAGE)
        texts = [json.dumps(each.as_json(), separators=(",", ":")) for each in shown]
        return Result({"FormatVersion": VERSION, "PriceList": texts} | next_)


def _known(code: str) -> str:
    if code not in codes():
        raise Invalid(
            f"ServiceCode {code} is not offered by the simulated account: {', '.join(codes())}",
            "NotFoundException",
        )
    return code


def _attributes(found: Sequence[Product]) -> list[str]:
    return sorted({name for each in found for name in each.attributes})


def _matches(each: Product, how: str, field: str, value: str) -> bool:
    own = each.attributes.get(field)
    if field == "productFamily":
        own = each.family
    if field == "sku":
        own = each.sku
    if own is None:
        return how == "NONE_OF"
    several = [part.strip() for part in value.split(",")]
    match how:
        case "CONTAINS":
            return value in own
        case "ANY_OF":
            return own in several
        case "NONE_OF":
            return own not in several
    return own == value


def _page(
    found: Sequence[Any], params: Mapping[str, Any], most: int
) -> tuple[list[Any], dict[str, str]]:
    size = params.get("MaxResults")
    if size is not None and not 1 <= int(size) <= most:
        raise Invalid(f"MaxResults must be between 1 and {most}: {size}")
    page = cut(found, params, "MaxResults", most, most)
    if page is None:
        raise Invalid("The NextToken is not valid", "InvalidNextTokenException")
    shown, token = page
    return list(shown), {"NextToken": token} if token else {}
