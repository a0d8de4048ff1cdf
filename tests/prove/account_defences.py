"""What passes to the account, in which form, at whose cost, and what comes back of it."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import gateway

__all__ = ["ACCOUNT_DEFENCES"]

POLICY = "gateway/test_policy.py::test_"
WRITES = f"{POLICY}nothing_that_changes_things_passes"
SECRETS = f"{POLICY}no_secret_no_content_and_no_unreviewed_service_passes"
STATEMENTS = f"{POLICY}athena_runs_one_select_and_nothing_else"
OBJECTS = f"{POLICY}objects_are_read_in_the_places_of_the_bill_alone"
PLACES = f"{POLICY}where_a_query_runs_and_writes_is_not_the_scripts_choice"
REAL = "gateway/test_real_account.py::test_"

WHAT_PASSES: Final = (
    gateway(
        "writes and withheld reads",
        "gateway/policy",
        "if row is not None and row.passes:",
        "if row is not None:",
        f"{WRITES}[ec2:TerminateInstances]",
        f"{WRITES}[ce:CreateAnomalyMonitor]",
        f"{WRITES}[budgets:UpdateBudget]",
        f"{SECRETS}[ec2:GetPasswordData]",
        f"{SECRETS}[ec2:DescribeInstanceAttribute]",
        f"{SECRETS}[dynamodb:Scan]",
        f"{SECRETS}[redshift:GetClusterCredentials]",
        f"{SECRETS}[glue:GetConnections]",
        f"{SECRETS}[lambda:GetFunction]",
    ),
    gateway(
        "what was not reviewed",
        "gateway/policy",
        "if row is not None and row.passes:",
        "if row is None or row.passes:",
        f"{SECRETS}[secretsmanager:GetSecretValue]",
        f"{SECRETS}[codeartifact:GetAuthorizationToken]",
        f"{SECRETS}[kms:GetPublicKey]",
    ),
    gateway(
        "places of objects",
        "gateway/policy",
        "and not self._may_be_read(call):",
        "and not self:",
        f"{OBJECTS}[secrets-finops/a.csv-False]",
        f"{OBJECTS}[results-finops-private/a.csv-False]",
        f"{POLICY}a_foreign_bucket_is_not_even_looked_into[ListObjectsV2]",
        f"{POLICY}a_foreign_bucket_is_not_even_looked_into[HeadObject]",
    ),
    gateway(
        "no object's name climbs",
        "gateway/policy",
        'if {".", ".."} & set(key.split("/")):',
        "if not key:",
        f"{OBJECTS}[results-finops/../private/a.csv-False]",
    ),
    gateway(
        "one reading statement",
        "gateway/queries",
        'return Deny("its statement is refused", f"send exactly one SELECT: {problem}")',
        'statement = str(params.get("QueryString", problem))',
        f"{STATEMENTS}[drop table cur2-False]",
        f"{STATEMENTS}[explain analyze select 1-False]",
        f"{STATEMENTS}[prepare p from select 1-False]",
    ),
    gateway(
        "the statement that was read",
        "gateway/queries",
        '"QueryString": statement,',
        '"QueryString": params["QueryString"],',
        f"{POLICY}parameters_stand_in_the_statement_that_is_sent",
    ),
    gateway(
        "place of results",
        "gateway/queries",
        '{"OutputLocation": places.output_location}',
        'params.get("ResultConfiguration")',
        PLACES,
    ),
    gateway("workgroup", "gateway/queries", "= places.workgroup", '= params["WorkGroup"]', PLACES),
    gateway(
        "catalog",
        "gateway/queries",
        'context = {"Catalog": places.catalog}',
        'context = dict(params.get("QueryExecutionContext") or {})',
        PLACES,
    ),
    gateway(
        "one's own queries",
        "gateway/started",
        'return _NOT_STARTED_HERE if call.service == "athena" and _is_owned(call) else None',
        "return None",
        f"{POLICY}a_query_of_somebody_else_is_neither_read_nor_stopped",
    ),
    gateway(
        "a cancelled run asks nothing more",
        "gateway/gateway",
        "        if cancelled.is_set():\n            return passage.refused",
        "        if not cancelled:\n            return passage.refused",
        "gateway/test_gateway.py::test_cancelled_run_ends_its_call_and_gets_no_other",
    ),
    gateway(
        "the cap before the call",
        "gateway/meter",
        'with self._spend.reserve("aws", most) as held:',
        'with self._spend.reserve("aws", most * 0) as held:',
        "gateway/test_meter.py::test_a_loop_over_cost_explorer_stops_at_the_cap_before_the_call",
    ),
)

WHAT_COMES_BACK: Final = (
    gateway(
        "no secret comes along",
        "gateway/stripping",
        "if not is_secret(shape.name, name)",
        "if name",
        "gateway/test_stripping.py::test_secrets_go_at_any_depth_and_all_else_stays",
    ),
    gateway(
        "no credential in an error",
        "gateway/stripping",
        'text = text.replace(credential, "(not shown)")',
        "continue",
        "attacks/test_credentials_stay.py::"
        "test_who_is_not_known_to_aws_is_told_without_credentials",
        f"{REAL}a_role_is_assumed_and_signs",
    ),
    gateway(
        "services of one region",
        "gateway/regions",
        "home = HOME_REGIONS.get(service)\n",
        'home = ""\n',
        f"{REAL}services_of_one_region_are_asked_and_signed_there"
        "[pricing-DescribeServices-params8-us-east-1]",
        f"{REAL}services_of_one_region_are_asked_and_signed_there"
        "[cur-DescribeReportDefinitions-params9-us-east-1]",
    ),
    gateway(
        "regions of this partition",
        "gateway/regions",
        "if place not in self.known:",
        "if not self.known:",
        f"{REAL}a_region_of_the_scripts_own_is_no_way_out[evil.example]",
        f"{REAL}a_region_of_the_scripts_own_is_no_way_out[cn-north-1]",
    ),
    gateway(
        "no endpoint of the environment",
        "gateway/real_account",
        "ignore_configured_endpoint_urls=True",
        "ignore_configured_endpoint_urls=False",
        f"{REAL}an_endpoint_of_the_environment_is_not_followed",
    ),
    gateway(
        "the audit quotes nothing",
        "gateway/passage",
        "return code if code in _QUOTING else error.message[:LONGEST_REASON]",
        "return error.message",
        "gateway/test_gateway.py::test_audit_quotes_nothing_of_what_it_refused",
    ),
)

ACCOUNT_DEFENCES: Final = (*WHAT_PASSES, *WHAT_COMES_BACK)
