# mypy: ignore-errors
"""What commitments can cover, by a Compute Savings Plan, by reservations, or by both."""

SERVICES = (  # in words, in Cost Explorer, on the bill: product code and usage types
    ("EC2", "Amazon Elastic Compute Cloud - Compute", "AmazonEC2", "BoxUsage|DedicatedUsage"),
    ("Fargate", "Amazon Elastic Container Service", "AmazonECS", "Fargate"),
    ("EKS Fargate", "Amazon Elastic Container Service for Kubernetes", "AmazonEKS", "Fargate"),
    ("Lambda", "AWS Lambda", "AWSLambda", "Lambda-(GB-Second|Provisioned)"),
    ("SageMaker", "Amazon SageMaker", "AmazonSageMaker", "ml[.]"),
    ("RDS", "Amazon Relational Database Service", "AmazonRDS", "InstanceUsage|Multi-AZ.*Usage:"),
    ("ElastiCache", "Amazon ElastiCache", "AmazonElastiCache", "NodeUsage"),
    ("OpenSearch", "Amazon OpenSearch Service", "AmazonES", "ESInstance"),
    ("Redshift", "Amazon Redshift", "AmazonRedshift", "Node:"),
    ("MemoryDB", "Amazon MemoryDB", "AmazonMemoryDB", "NodeUsage"),
)
BY_COMPUTE_PLAN = ("EC2", "Fargate", "EKS Fargate", "Lambda")
RESERVABLE = ("EC2", "RDS", "ElastiCache", "OpenSearch", "Redshift", "MemoryDB")
