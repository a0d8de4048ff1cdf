"""AWS requests and responses as bytes: which operation, which parameters, and the way back.

Driven by the service models of the installed botocore, for all of its services and protocols
(JSON 1.0/1.1, query, EC2, REST-JSON, REST-XML, Smithy RPC v2 CBOR). `route` says which operation
a request asks for, `parse` gives its parameters as boto3 takes them, `serialise` and
`serialise_refusal` write what the SDKs read. No network, no credential, no policy.
"""
