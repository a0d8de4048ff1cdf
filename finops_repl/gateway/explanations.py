"""What AWS's refusals mean to somebody who asks for costs, and what to do about them.

A refusal keeps AWS's code and words; the sentence is added behind them. Sources of the codes:
botocore's service models, and for those that any service may answer "Common errors" of the AWS
API references, "Error responses" of Amazon S3 and "Error codes" of Amazon EC2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from finops_repl.aws.call import Refusal
from finops_repl.gateway.identity import Identity

__all__ = [
    "COMMON",
    "DENIED",
    "IDENTITY_CODES",
    "PERMISSIONS",
    "RULES",
    "THROTTLED",
    "Explanation",
    "Rule",
    "explained_refusal",
    "explanation",
    "is_explained",
    "told_apart",
]

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
UNKNOWN_KEY = frozenset(
    {
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "UnrecognizedClientException",
    }
)
WRONG_SECRET = frozenset(
    {"IncompleteSignature", "InvalidSignatureException", "SignatureDoesNotMatch"}
)
WRONG_CLOCK = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
IDENTITY_CODES = EXPIRED | UNKNOWN_KEY | WRONG_SECRET | WRONG_CLOCK
"""Whatever was asked: AWS does not accept who asks."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
NOT_SIGNED_UP = frozenset({"OptInRequired"})
COMMON = IDENTITY_CODES | DENIED | THROTTLED | NOT_SIGNED_UP
"""Codes that any service may answer, and that few models list."""

BEHIND = " (finops-repl: "
RENEWAL = "{renewal}"
PERMISSIONS = "attach the reads that it lacks: finops-repl iam-policy prints them all"
PAYER = "use a profile of the organisation's management account (--profile)"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a refusal means, and what to do about it."""

    meaning: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.meaning}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A refusal with one of these codes, of one of these services (none: of any).

    Where there is a `pattern`, AWS's message must hold it.
    """

    codes: frozenset[str]
    told: Explanation
    services: frozenset[str] = frozenset()
    pattern: str = ""

    def fits(self, service: str, code: str, message: str) -> bool:
        """Whether it is about this refusal."""
        return (
            code in self.codes
            and (not self.services or service in self.services)
            and re.search(self.pattern, message, re.IGNORECASE) is not None
        )


def _rule(
    codes: str | Iterable[str], meaning: str, remedy: str, *, of: str = "", says: str = ""
) -> Rule:
    names = codes.split() if isinstance(codes, str) else codes
    return Rule(frozenset(names), Explanation(meaning, remedy), frozenset(of.split()), says)


RULES = (
    # Who asks.
    _rule(EXPIRED, "the session has expired", RENEWAL),
    _rule(
        WRONG_CLOCK | WRONG_SECRET,
        "this machine's clock differs from AWS's",
        "set it, best by NTP, and ask again",
        says=r"signature (expired|not yet current)|expired|in the future|too (skewed|large)",
    ),
    _rule(WRONG_SECRET, "the secret key does not belong to the access key", RENEWAL),
    _rule(
        UNKNOWN_KEY,
        "AWS does not know these credentials: a key that was deleted or lacks its session token,"
        " or a region that the account has not enabled",
        RENEWAL,
    ),
    # Cost Explorer and budgets, which the payer may keep from its members.
    _rule(
        DENIED,
        "Cost Explorer was never enabled in this account",
        "open it once in the Billing console, as the management account if there is one;"
        " its first figures take about a day",
        of="ce",
        says="not enabled for cost explorer",
    ),
    _rule(
        "DataUnavailableException",
        "Cost Explorer has no figures for this period yet",
        "choose another period; where Cost Explorer was enabled just now, ask again tomorrow",
        of="ce",
    ),
    _rule(
        "BillExpirationException",
        "Cost Explorer no longer keeps this period",
        "ask for a later one, or ask the bill",
        of="ce",
    ),
    _rule(
        "LimitExceededException",
        "Cost Explorer was asked too often in a short time",
        "wait a minute and ask for less at once",
        of="ce",
    ),
    _rule(
        DENIED,
        "the management account keeps this from its member accounts",
        f"have it allow linked accounts in the cost management preferences, or {PAYER}",
        of="ce budgets savingsplans billing freetier",
        says=r"(linked|member) account|payer|management account|master account",
    ),
    # The organisation.
    _rule(
        "AWSOrganizationsNotInUseException",
        "this account belongs to no organisation",
        "there are no others to ask about: leave organizations out",
        of="organizations",
    ),
    _rule(
        DENIED,
        "a member account may not ask this of its organisation",
        f"{PAYER}, or a delegated administrator's; a CUR 2.0 bill names the accounts by itself",
        of="organizations",
        says="have permissions? to access this resource|management account|master account",
    ),
    # What must be bought or switched on.
    _rule(
        "SubscriptionRequiredException",
        "AWS answers this only to accounts with a paid support plan that includes its API",
        "leave Trusted Advisor and Health out: Cost Explorer and Compute Optimizer advise without",
        of="support health",
    ),
    _rule(
        DENIED,
        "Trusted Advisor's checks need a paid support plan",
        "leave Trusted Advisor out: Cost Explorer and Compute Optimizer advise without",
        of="trustedadvisor",
        says="support plan|subscription|business support|enterprise",
    ),
    _rule(
        "OptInRequiredException",
        "this account has not opted in to Compute Optimizer",
        "opt in once in its console, which is free, and ask again when it has looked around",
        of="compute-optimizer",
    ),
    _rule(
        DENIED | {"ValidationException"},
        "this account is not enrolled in the Cost Optimization Hub",
        "enroll once in its console, which is free, and ask again when it has looked around",
        of="cost-optimization-hub",
        says="enroll",
    ),
    _rule(
        NOT_SIGNED_UP,
        "this account is not signed up for the service, or has not enabled the region",
        "enable it in the console, or ask in another region",
    ),
    # The bill.
    _rule(
        DENIED | {"InvalidRequestException", "MetadataException"},
        "Lake Formation has not granted the table to who asks",
        "have SELECT and DESCRIBE on table and database granted there",
        of="athena glue",
        says="lake ?formation",
    ),
    _rule(
        "InvalidRequestException",
        "the workgroup has no place for results",
        'name one in your settings: aws.output = "s3://bucket/prefix/", or another aws.workgroup',
        of="athena",
        says="output location",
    ),
    _rule(
        "InvalidRequestException",
        "there is no such workgroup here, or it is switched off",
        "finops-repl account connect lists those that there are",
        of="athena",
        says="work ?group .*(not found|disabled)",
    ),
    _rule(
        "EntityNotFoundException MetadataException",
        "the table is not in this region's catalog",
        "finops-repl account connect --region NAME looks for the bill",
        of="athena glue",
        says="not found|not exist",
    ),
    _rule(
        DENIED,
        "the key that encrypts the bucket may not be used",
        "have kms:Decrypt on it allowed to who asks",
        of="s3 athena",
        says="kms",
    ),
    # Anything.
    _rule(
        DENIED,
        "a policy of the organisation forbids it to this account",
        "ask those who run the organisation; no policy of the account's own can allow it",
        says="service control policy|resource control policy",
    ),
    _rule(DENIED, "who signs may not ask this", PERMISSIONS),
    _rule(
        THROTTLED,
        "AWS still asked for patience when it had been asked again and again",
        "wait a minute, and ask for less at once",
    ),
)
"""The first that fits is told."""


def explanation(service: str, code: str, message: str, *, renewal: str = "") -> Explanation | None:
    """What a refusal means; None where AWS's own words must do.

    `renewal` says what renews the identity that asked.
    """
    for rule in RULES:
        if rule.fits(service, code, message):
            told = rule.told
            renew = renewal or "renew the credentials"
            return replace(told, remedy=renew) if told.remedy == RENEWAL else told
    return None


def explained_refusal(service: str, refusal: Refusal, identity: Identity) -> Refusal:
    """The refusal with what it means behind AWS's own words; its code stays AWS's."""
    told = explanation(service, refusal.code, refusal.message, renewal=identity.renewal)
    if told is None:
        return refusal
    return replace(refusal, message=f"{refusal.message}{BEHIND}{told})".lstrip())


def is_explained(message: str) -> bool:
    """Whether a message that came through the gateway has an explanation behind AWS's words."""
    return BEHIND.lstrip() in message


def told_apart(message: str) -> tuple[str, str]:
    """AWS's words, and what they mean; the latter is empty where nobody explained them."""
    words, _, told = message.partition(BEHIND.lstrip())
    return words.rstrip(), told.removesuffix(")")
