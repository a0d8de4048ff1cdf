"""AWS regions as people call them: by code, or by the city or country of its description.

Source: the descriptions of the `aws` partition in botocore's endpoints.json.
"""

from __future__ import annotations

import re

__all__ = ["CODE", "REGION_NAMES", "region_said"]

CODE = r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-[a-z]+)+-\d"

REGION_NAMES = {
    "cape town": "af-south-1",
    "hong kong": "ap-east-1",
    "taipei": "ap-east-2",
    "tokyo": "ap-northeast-1",
    "seoul": "ap-northeast-2",
    "osaka": "ap-northeast-3",
    "mumbai": "ap-south-1",
    "hyderabad": "ap-south-2",
    "singapore": "ap-southeast-1",
    "sydney": "ap-southeast-2",
    "jakarta": "ap-southeast-3",
    "melbourne": "ap-southeast-4",
    "malaysia": "ap-southeast-5",
    "new zealand": "ap-southeast-6",
    "thailand": "ap-southeast-7",
    "calgary": "ca-west-1",
    "frankfurt": "eu-central-1",
    "zurich": "eu-central-2",
    "stockholm": "eu-north-1",
    "milan": "eu-south-1",
    "spain": "eu-south-2",
    "ireland": "eu-west-1",
    "london": "eu-west-2",
    "paris": "eu-west-3",
    "tel aviv": "il-central-1",
    "uae": "me-central-1",
    "bahrain": "me-south-1",
    "mexico": "mx-central-1",
    "sao paulo": "sa-east-1",
    "são paulo": "sa-east-1",
    "virginia": "us-east-1",
    "n. virginia": "us-east-1",
    "northern virginia": "us-east-1",
    "ohio": "us-east-2",
    "california": "us-west-1",
    "n. california": "us-west-1",
    "northern california": "us-west-1",
    "oregon": "us-west-2",
}


def region_said(words: str) -> str:
    """The code of a region that is called so; a code stands for itself."""
    said = re.sub(r"\s+", " ", words.strip().lower())
    return REGION_NAMES.get(said, said)
