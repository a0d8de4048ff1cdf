"""The price list: what each usage type is called on the bill and what a unit of it costs.

us-east-1 prices of EC2 (the price table that Karpenter generated on 2026-01-19), EBS volumes, S3
storage, NAT gateways, public IPv4 and gp3 database storage are AWS's list prices; every other
price, each region's surcharge, Spot and all discount rates are the simulated organisation's own,
near AWS's, and true of nothing but this simulation.
"""

from __future__ import annotations

__all__ = ["ENGINES", "LARGE", "OUT_OF_PROPORTION", "SIZES", "SPOT_PERCENT", "TABLE"]

LARGE = {  # US dollars an hour for the size `large`; the other sizes are multiples of it
    "t3": "0.0832",
    "t4g": "0.0672",
    "m5": "0.096",
    "m6i": "0.096",
    "m7g": "0.0816",
    "m7i": "0.1008",
    "c5": "0.085",
    "c6i": "0.085",
    "c7g": "0.0725",
    "r5": "0.126",
    "r6g": "0.1008",
    "r7g": "0.1071",
    "c6g": "0.068",
    "m6g": "0.077",
    "i3": "0.156",
    "i4i": "0.1716",
    "p3": "0.765",
    "g5": "0.503",
    "db.t4g": "0.129",
    "db.m6g": "0.152",
    "db.m6i": "0.178",
    "db.r5": "0.25",
    "db.r6g": "0.225",
    "db.r6i": "0.25",
    "cache.m6g": "0.149",
    "cache.r6g": "0.206",
}
SIZES = {  # the size's normalization factor; other prices are in proportion to it
    "nano": 0.25,
    "micro": 0.5,
    "small": 1,
    "medium": 2,
    "large": 4,
    "xlarge": 8,
    "2xlarge": 16,
    "4xlarge": 32,
    "8xlarge": 64,
    "9xlarge": 72,
    "12xlarge": 96,
    "16xlarge": 128,
    "18xlarge": 144,
    "24xlarge": 192,
    "32xlarge": 256,
    "48xlarge": 384,
}
OUT_OF_PROPORTION = {  # as AWS has them: rounded, or prices of what is no GPU beside one
    "c7g.medium": "0.0363",
    "r7g.medium": "0.0536",
    "i4i.large": "0.172",
    "i4i.xlarge": "0.343",
    "i4i.2xlarge": "0.686",
    "i4i.4xlarge": "1.373",
    "i4i.8xlarge": "2.746",
    "i4i.12xlarge": "4.118",
    "i4i.16xlarge": "5.491",
    "g5.2xlarge": "1.212",
    "g5.4xlarge": "1.624",
    "g5.8xlarge": "2.448",
    "g5.12xlarge": "5.672",
    "g5.16xlarge": "4.096",
    "g5.24xlarge": "8.144",
    "g5.48xlarge": "16.288",
}
SPOT_PERCENT = 35

ENGINES = {  # operation suffix and percent of the list price; licences are included
    "MySQL": ("0002", 97),
    "PostgreSQL": ("0014", 100),
    "Aurora MySQL": ("0016", 115),
    "Aurora PostgreSQL": ("0021", 115),
    "SQL Server": ("0012", 240),
}

TABLE = """
ec2        | EBS:VolumeUsage.gp3       | CreateVolume-Gp3      | Storage               | GB-Mo      | 0.08      | gp3 volume
ec2        | EBS:VolumeP-IOPS.gp3      | CreateVolume-Gp3      | System Operation      | IOPS-Mo    | 0.005     | gp3 IOPS above 3,000
ec2        | EBS:VolumeP-Throughput.gp3 | CreateVolume-Gp3     | Provisioned Throughput | GiBps-mo  | 40.96     | gp3 throughput above 125 MiB/s
ec2        | EBS:VolumeUsage.gp2       | CreateVolume-Gp2      | Storage               | GB-Mo      | 0.10      | gp2 volume
ec2        | EBS:VolumeUsage.piops     | CreateVolume-P-IOPS   | Storage               | GB-Mo      | 0.125     | io1 volume
ec2        | EBS:VolumeP-IOPS.piops    | CreateVolume-P-IOPS   | System Operation      | IOPS-Mo    | 0.065     | io1 provisioned IOPS
ec2        | EBS:VolumeUsage.io2       | CreateVolume-Io2      | Storage               | GB-Mo      | 0.125     | io2 volume
ec2        | EBS:VolumeP-IOPS.io2      | CreateVolume-Io2      | System Operation      | IOPS-Mo    | 0.065     | io2 provisioned IOPS
ec2        | EBS:VolumeP-IOPS.io2.tier2 | CreateVolume-Io2     | System Operation      | IOPS-Mo    | 0.0455    | io2 provisioned IOPS, 32,001 to 64,000
ec2        | EBS:VolumeP-IOPS.io2.tier3 | CreateVolume-Io2     | System Operation      | IOPS-Mo    | 0.032     | io2 provisioned IOPS above 64,000
ec2        | EBS:VolumeUsage.st1       | CreateVolume-St1      | Storage               | GB-Mo      | 0.045     | st1 volume
ec2        | EBS:SnapshotUsage         | CreateSnapshot        | Storage Snapshot      | GB-Mo      | 0.05      | EBS snapshot, changed blocks
ec2        | NatGateway-Hours          | NatGateway            | NAT Gateway           | Hrs        | 0.045     | NAT gateway hour
ec2        | NatGateway-Bytes          | NatGateway            | NAT Gateway           | GB         | 0.045     | GB through a NAT gateway
transfer   | DataTransfer-Out-Bytes    | RunInstances          | Data Transfer         | GB         | 0.09 >10240 0.085 >51200 0.07 >153600 0.05 | GB to the internet
transfer   | DataTransfer-Regional-Bytes | InterZone-In        | Data Transfer         | GB         | 0.01      | GB between zones
transfer   | AWS-Out-Bytes             | InterRegion           | Data Transfer         | GB         | 0.02      | GB to another region
vpc        | PublicIPv4:InUseAddress   | AssociateAddressVPC   | VpcPublicIPv4Address  | Hrs        | 0.005     | public IPv4 address in use, hour
vpc        | PublicIPv4:IdleAddress    | AllocateAddressVPC    | VpcPublicIPv4Address  | Hrs        | 0.005     | public IPv4 address idle, hour
vpc        | VpcEndpoint-Hours         | VpcEndpoint           | VpcEndpoint           | Hrs        | 0.01      | interface endpoint hour
vpc        | VpcEndpoint-Bytes         | VpcEndpoint           | VpcEndpoint           | GB         | 0.01      | GB through an interface endpoint
rds        | RDS:GP3-Storage           | CreateDBInstance      | Database Storage      | GB-Mo      | 0.115     | gp3 database storage
rds        | RDS:Multi-AZ-GP3-Storage  | CreateDBInstance      | Database Storage      | GB-Mo      | 0.23      | gp3 database storage in two zones
rds        | RDS:PIOPS-Storage         | CreateDBInstance      | Database Storage      | GB-Mo      | 0.125     | io1 database storage
rds        | RDS:PIOPS                 | CreateDBInstance      | Provisioned IOPS      | IOPS-Mo    | 0.10      | io1 database IOPS
rds        | Aurora:StorageUsage       | CreateDBInstance      | Database Storage      | GB-Mo      | 0.10      | Aurora storage
rds        | Aurora:StorageIOUsage     | CreateDBInstance      | System Operation      | IOs        | 0.0000002 | Aurora request
rds        | RDS:ChargedBackupUsage    | CreateDBSnapshot      | Storage Snapshot      | GB-Mo      | 0.095     | database backup storage
s3         | TimedStorage-ByteHrs      | StandardStorage       | Storage               | GB-Mo      | 0.023 >51200 0.022 >512000 0.021 | S3 Standard storage
s3         | TimedStorage-INT-FA-ByteHrs | IntelligentTieringFAStorage | Storage       | GB-Mo      | 0.023     | S3 Intelligent-Tiering, frequent access
s3         | TimedStorage-SIA-ByteHrs  | StandardIAStorage     | Storage               | GB-Mo      | 0.0125    | S3 Standard-IA storage
s3         | TimedStorage-ZIA-ByteHrs  | OneZoneIAStorage      | Storage               | GB-Mo      | 0.01      | S3 One Zone-IA storage
s3         | TimedStorage-GIR-ByteHrs  | GlacierInstantRetrievalStorage | Storage      | GB-Mo      | 0.004     | S3 Glacier Instant Retrieval storage
s3         | TimedStorage-GlacierByteHrs | GlacierStorage      | Storage               | GB-Mo      | 0.0036    | S3 Glacier Flexible Retrieval storage
s3         | TimedStorage-GDA-ByteHrs  | DeepArchiveStorage    | Storage               | GB-Mo      | 0.00099   | S3 Glacier Deep Archive storage
s3         | Retrieval-SIA             | GetObject             | Fee                   | GB         | 0.01      | GB retrieved from Standard-IA
s3         | Requests-Tier1            | PutObject             | API Request           | Requests   | 0.000005  | PUT, COPY, POST, LIST request
s3         | Requests-Tier2            | GetObject             | API Request           | Requests   | 0.0000004 | GET request
s3         | Requests-SIA-Tier1        | S3-SIATransition      | API Request           | Requests   | 0.00001   | lifecycle transition to Standard-IA
s3         | Requests-GLACIER-Tier1    | S3-GlacierTransition  | API Request           | Requests   | 0.00003   | lifecycle transition to Glacier
s3         | AWS-Out-Bytes             | GetObject             | Data Transfer         | GB         | 0.02      | GB to another region
s3         | DataTransfer-Out-Bytes    | GetObject             | Data Transfer         | GB         | 0.09 >10240 0.085 >51200 0.07 >153600 0.05 | GB to the internet
lambda     | Request                   | Invoke                | Serverless            | Requests   | 0.0000002 | invocation
lambda     | Lambda-GB-Second          | Invoke                | Serverless            | Lambda-GB-Second | 0.0000166667 | GB-second
lambda     | Lambda-GB-Second-ARM      | Invoke                | Serverless            | Lambda-GB-Second | 0.0000133334 | GB-second, arm64
dynamodb   | ReadRequestUnits          | GetItem               | Amazon DynamoDB PayPerRequest Throughput | ReadRequestUnits | 0.000000125 | read request unit
dynamodb   | WriteRequestUnits         | PutItem               | Amazon DynamoDB PayPerRequest Throughput | WriteRequestUnits | 0.000000625 | write request unit
dynamodb   | ReadCapacityUnit-Hrs      | CommittedThroughput   | Provisioned IOPS      | ReadCapacityUnit-Hrs | 0.00013 | read capacity unit hour
dynamodb   | WriteCapacityUnit-Hrs     | CommittedThroughput   | Provisioned IOPS      | WriteCapacityUnit-Hrs | 0.00065 | write capacity unit hour
dynamodb   | TimedStorage-ByteHrs      | StandardStorage       | Database Storage      | GB-Mo      | 0.25      | table storage
elb        | LoadBalancerUsage         | LoadBalancing:Application | Load Balancer-Application | Hrs | 0.0225    | Application Load Balancer hour
elb        | LCUUsage                  | LoadBalancing:Application | Load Balancer-Application | LCU-Hrs | 0.008 | Application Load Balancer capacity unit hour
elb        | LoadBalancerUsage         | LoadBalancing:Network | Load Balancer-Network | Hrs        | 0.0225    | Network Load Balancer hour
elb        | LCUUsage                  | LoadBalancing:Network | Load Balancer-Network | LCU-Hrs    | 0.006     | Network Load Balancer capacity unit hour
elb        | LoadBalancerUsage         | LoadBalancing         | Load Balancer         | Hrs        | 0.025     | Classic Load Balancer hour
elb        | DataProcessing-Bytes      | LoadBalancing         | Load Balancer         | GB         | 0.008     | GB through a Classic Load Balancer
cloudwatch | CW:MetricMonitorUsage     | MetricStorage         | Metric                | Metrics    | 0.30      | custom metric month
cloudwatch | CW:AlarmMonitorUsage      | Unknown               | Alarm                 | Alarms     | 0.10      | alarm month
cloudwatch | CW:Requests               | GetMetricData         | API Request           | Metrics requested | 0.00001 | metric requested
cloudwatch | DataProcessing-Bytes      | PutLogEvents          | Data Payload          | GB         | 0.50      | GB of logs ingested
cloudwatch | TimedStorage-ByteHrs      | HourlyStorageMetering | Storage Snapshot      | GB-Mo      | 0.03      | GB of logs stored
sqs        | Requests-Tier1            | SendMessage           | API Request           | Requests   | 0.0000004 | queue request
sns        | Requests-Tier1            | Publish               | API Request           | Requests   | 0.0000005 | topic request
kms        | KMS-Keys                  | Unknown               | Encryption Key        | Keys       | 1.00      | key month
kms        | KMS-Requests              | Decrypt               | API Request           | Requests   | 0.000003  | key request
secrets    | AWSSecretsManager-Secrets | StoreSecret           | Secret                | Secrets    | 0.40      | secret month
ecr        | TimedStorage-ByteHrs      | EC2ContainerRegistry  | EC2 Container Registry | GB-Mo     | 0.10      | image storage
guardduty  | PaidEventsAnalyzed        | PaidEventsAnalyzed    | Security Services     | Events     | 0.000004  | event analysed
config     | ConfigurationItemRecorded | ConfigurationRecorder | Management Tools      | ConfigurationItemRecorded | 0.003 | configuration item
route53    | HostedZone                | HostedZone            | DNS Zone              | HostedZones | 0.50     | hosted zone month
route53    | DNS-Queries               | A                     | DNS Query             | Queries    | 0.0000004 | DNS query
eks        | AmazonEKS-Hours:perCluster | CreateOperation      | Compute               | hours      | 0.10      | EKS cluster hour
eks        | EKS-EC2-vCPU-Hours        | EKSPod-EC2            |                       | vCPU-Hours | 0         | vCPU hours of a pod
eks        | EKS-EC2-GB-Hours          | EKSPod-EC2            |                       | GB-Hours   | 0         | GB hours of a pod
"""  # noqa: E501  a table reads better unbroken
"""Service, usage type, operation, product family, unit, prices with the monthly quantities from
which the next one holds, and words for the description."""
