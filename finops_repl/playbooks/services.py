"""AWS services: what a question calls them, and what bills and Cost Explorer do.

Product codes are `line_item_product_code` of the CUR and `x_ServiceCode` of FOCUS; titles are
FOCUS's ServiceName and Cost Explorer's SERVICE, which has changed some and calls EC2 two services.
"""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.playbooks.question import phrase

__all__ = ["SERVICES", "Service", "service_said"]


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its usual name; `said` is a pattern of what else it is called."""

    name: str
    said: str
    codes: tuple[str, ...]
    titles: tuple[str, ...]


def _listed(rows: str) -> tuple[Service, ...]:
    cells = (
        [[part.strip() for part in cell.split(";")] for cell in row.split("/")]
        for row in rows.strip().splitlines()
    )
    return tuple(
        Service(name, "|".join(said), tuple(codes), tuple(titles))
        for (name,), said, codes, titles in cells
    )


SERVICES = _listed("""\
EC2 / ec2; elastic compute cloud / AmazonEC2 / \
Amazon Elastic Compute Cloud; Amazon Elastic Compute Cloud - Compute; EC2 - Other
S3 / s3; simple storage service / AmazonS3 / Amazon Simple Storage Service
RDS / rds; relational database service / AmazonRDS / Amazon Relational Database Service
Lambda / lambda / AWSLambda / AWS Lambda
DynamoDB / dynamo ?db / AmazonDynamoDB / Amazon DynamoDB
CloudWatch / cloud ?watch / AmazonCloudWatch / AmazonCloudWatch; Amazon CloudWatch
ElastiCache / elasti ?cache / AmazonElastiCache / Amazon ElastiCache
SQS / sqs; simple queue service / AWSQueueService / Amazon Simple Queue Service
SNS / sns; simple notification service / AmazonSNS / Amazon Simple Notification Service
ELB / elb; elastic load balancing; load balancers? / AWSELB / \
Elastic Load Balancing; Amazon Elastic Load Balancing
KMS / kms; key management service / awskms / AWS Key Management Service
VPC / vpc; virtual private cloud / AmazonVPC / Amazon Virtual Private Cloud
EKS / eks; elastic kubernetes service / AmazonEKS / \
Amazon Elastic Container Service for Kubernetes; Amazon Elastic Kubernetes Service
ECS / ecs; elastic container service; fargate / AmazonECS / Amazon Elastic Container Service
ECR / ecr; container registry / AmazonECR / \
Amazon EC2 Container Registry (ECR); Amazon Elastic Container Registry
GuardDuty / guard ?duty / AmazonGuardDuty / Amazon GuardDuty
Config / config / AWSConfig / AWS Config
Route 53 / route ?53 / AmazonRoute53 / Amazon Route 53
Secrets Manager / secrets ?manager / AWSSecretsManager / AWS Secrets Manager
CloudFront / cloud ?front / AmazonCloudFront / Amazon CloudFront
CloudTrail / cloud ?trail / AWSCloudTrail / AWS CloudTrail
Redshift / redshift / AmazonRedshift / Amazon Redshift
OpenSearch / open ?search; elastic ?search / AmazonES / \
Amazon OpenSearch Service; Amazon Elasticsearch Service
SageMaker / sage ?maker / AmazonSageMaker / Amazon SageMaker; Amazon SageMaker AI
Bedrock / bedrock / AmazonBedrock; AmazonBedrockService / Amazon Bedrock; Amazon Bedrock Service
Glue / glue / AWSGlue / AWS Glue
Athena / athena / AmazonAthena / Amazon Athena
EMR / emr; elastic map ?reduce / ElasticMapReduce / Amazon Elastic MapReduce; Amazon EMR
Kinesis / kinesis / AmazonKinesis; AmazonKinesisFirehose; AmazonKinesisAnalytics / \
Amazon Kinesis; Amazon Kinesis Firehose; Amazon Kinesis Analytics
MSK / msk; managed kafka / AmazonMSK / Amazon Managed Streaming for Apache Kafka
EFS / efs; elastic file system / AmazonEFS / Amazon Elastic File System
FSx / fsx / AmazonFSx / Amazon FSx
Backup / backups? / AWSBackup / AWS Backup
API Gateway / api ?gateway / AmazonApiGateway / Amazon API Gateway
Step Functions / step ?functions / AmazonStates / AWS Step Functions
Cognito / cognito / AmazonCognito; AmazonCognitoSync / Amazon Cognito
WAF / waf / awswaf / AWS WAF
Direct Connect / direct ?connect / AWSDirectConnect / AWS Direct Connect
DocumentDB / document ?db / AmazonDocDB / Amazon DocumentDB (with MongoDB compatibility)
Neptune / neptune / AmazonNeptune / Amazon Neptune
WorkSpaces / work ?spaces / AmazonWorkSpaces / Amazon WorkSpaces
CodeBuild / code ?build / CodeBuild / CodeBuild; AWS CodeBuild
Support / support plan; support / \
AWSSupportBusiness; AWSSupportEnterprise; AWSSupportDeveloper; AWSSupportOnRamp / \
AWS Support (Business); AWS Support (Enterprise); AWS Support (Developer); AWS Support [Developer]
""")


def service_said(words: str) -> Service:
    """The service that is called so; the words have matched one of the patterns."""
    return next(each for each in SERVICES if phrase(each.said).fullmatch(words.strip()))
