"""A small account in which everything that a task needs exists, made through the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import psycopg2

from commands import plane
from commands.waiting import until

ACCOUNT = "123456789012"
REGION = "us-east-1"
NAME = "superset-test"
DOMAIN = "analytics.example.com"
HOSTS = [DOMAIN, f"{REGION}.{DOMAIN}"]
SOURCES = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "0" * 64
#: Enough for a busy machine at any pace.
GRACE_SECONDS = 1800
PASSWORD = "an-Administrators-1"
FIRST_PASSWORD = "first-Database-1"


class World:
    """An emulator with a data plane, and clients of it."""

    def __init__(self, folder: Path) -> None:
        ready = folder / "ready.json"
        command = [sys.executable, "-m", "emulator", "--account", ACCOUNT, "--run"]
        command += ["--log", str(folder / "log"), "--ready", str(ready), "--pace", "10"]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        environment = {**inherited, "PYTHONPATH": str(SOURCES)}
        self.log = folder / "log"
        #: ARN of the canary's secret; empty: there is no canary.
        self.canary = ""
        #: Further containers of a kind of task.
        self.beside: dict[str, list[dict[str, Any]]] = {}
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        until("the emulator listens", ready.exists)
        self.url = json.loads(ready.read_text())["url"]
        self._account()

    def stop(self) -> None:
        """End it and everything that it runs."""
        self._process.terminate()
        self._process.wait(60)

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.url, region_name=region, **keys)

    def plane(self) -> dict[str, Any]:
        """What runs."""
        with urllib.request.urlopen(f"{self.url}/_emulator/dataplane") as answer:
            return dict(json.load(answer))

    def running(self, group: str) -> list[dict[str, Any]]:
        """Tasks of a group whose process runs."""
        tasks = self.plane()["tasks"]
        return [task for task in tasks if task["group"] == group and task["status"] == "RUNNING"]

    def run(
        self, kind: str, errand: str = "", program: tuple[str, ...] = (), **changes: str
    ) -> dict[str, Any]:
        """Run a task to its end, with another command where there is an errand, or another program
        than the image's, which gets the command."""
        ecs = self.client("ecs")
        task = ecs.run_task(
            cluster=NAME,
            taskDefinition=self.define(kind, program, **changes),
            launchType="FARGATE",
            networkConfiguration=self.network,
            overrides={"containerOverrides": [{"name": "superset", "command": [errand or kind]}]},
        )["tasks"][0]["taskArn"]

        def stopped() -> dict[str, Any] | None:
            found = ecs.describe_tasks(cluster=NAME, tasks=[task])["tasks"][0]
            return found if found["lastStatus"] == "STOPPED" else None

        return until(f"{errand or kind} ends", stopped, 600)

    def serve(self, kind: str, **options: Any) -> None:
        """Make a service of one task and wait until it is steady."""
        ecs = self.client("ecs")
        ecs.create_service(
            cluster=NAME,
            serviceName=f"superset-{kind}",
            taskDefinition=self.define(kind),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=self.network,
            deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 200},
            **options,
        )
        until(f"superset-{kind} is steady", lambda: self.is_steady(kind))

    def serve_web(self) -> None:
        """The web service behind a load balancer."""
        balancer = {
            "targetGroupArn": self.balance(),
            "containerName": "superset",
            "containerPort": 8088,
        }
        self.serve("web", loadBalancers=[balancer], healthCheckGracePeriodSeconds=GRACE_SECONDS)

    def is_steady(self, kind: str) -> bool:
        """As the waiter of the SDK sees it."""
        (service,) = self.client("ecs").describe_services(
            cluster=NAME, services=[f"superset-{kind}"]
        )["services"]
        deployments = service["deployments"]
        return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"

    def logs(self, kind: str, task: str = "") -> list[str]:
        """Every line of a kind of task, or of one task."""
        logs = self.client("logs")
        streams = logs.describe_log_streams(logGroupName=f"/superset/{kind}")["logStreams"]
        lines: list[str] = []
        for stream in streams:
            if not stream["logStreamName"].endswith(task.split("/")[-1]):
                continue
            events = logs.get_log_events(
                logGroupName=f"/superset/{kind}", logStreamName=stream["logStreamName"], limit=10000
            )["events"]
            lines += [event["message"] for event in events]
        return lines

    def define(self, kind: str, program: tuple[str, ...] = (), **changes: str) -> str:
        """A task definition; changes of its environment, an empty one leaves a variable out."""
        environment = {**self.environment, **changes}
        secrets = {
            "SUPERSET_SECRET_KEY": f"{self.secret_key}:key::",
            "SUPERSET_PREVIOUS_SECRET_KEY": f"{self.secret_key}:previous::",
            "ADMIN_PASSWORD": f"{self.admin}:password::",
        }
        if self.canary:
            secrets["CANARY_USERNAME"] = f"{self.canary}:username::"
            secrets["CANARY_PASSWORD"] = f"{self.canary}:password::"
        container = {
            "name": "superset",
            "image": f"repository@{DIGEST}",
            "essential": True,
            "command": [kind],
            "environment": [{"name": k, "value": v} for k, v in environment.items() if v],
            "secrets": [{"name": k, "valueFrom": v} for k, v in secrets.items()],
            "stopTimeout": 30,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": f"/superset/{kind}",
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "superset",
                },
            },
        }
        if program:
            container["entryPoint"] = list(program)
        if kind in ("worker", "beat"):
            command = ["CMD", "python", "-m", "superset_aws.health", kind]
            container["healthCheck"] = {"command": command, "startPeriod": 180}
        defined = self.client("ecs").register_task_definition(
            family=f"superset-{kind}",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="1024",
            memory="2048",
            executionRoleArn=self.role,
            taskRoleArn=self.role,
            containerDefinitions=[container, *self.beside.get(kind, [])],
        )
        return str(defined["taskDefinition"]["taskDefinitionArn"])

    def _account(self) -> None:
        ec2, logs = self.client("ec2"), self.client("logs")
        vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        ec2.create_internet_gateway()
        self.subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.10.{index}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate("ab")
        ]
        self.vpc = vpc
        group = ec2.create_security_group(VpcId=vpc, GroupName="all", Description="all")["GroupId"]
        self.group = group
        self.network = {
            "awsvpcConfiguration": {
                "subnets": self.subnets,
                "securityGroups": [group],
                "assignPublicIp": "DISABLED",
            }
        }
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.role = self.client("iam").create_role(RoleName="task", AssumeRolePolicyDocument=trust)[
            "Role"
        ]["Arn"]
        # What ECS itself does with the role before a container starts.
        actions = ["secretsmanager:GetSecretValue", "logs:CreateLogStream", "logs:PutLogEvents"]
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self.client("iam").put_role_policy(
            RoleName="task", PolicyName="start", PolicyDocument=policy
        )
        for kind in ("web", "worker", "beat", "init"):
            logs.create_log_group(logGroupName=f"/superset/{kind}")
        self.client("ecs").create_cluster(clusterName=NAME)
        self._secrets()
        self.environment = {
            "SUPERSET_ENV": "test",
            "SUPERSET_VERSION": "6.1.0",
            "SUPERSET_REGION": REGION,
            "SUPERSET_DOMAIN": DOMAIN,
            **self._database(),
            **self._redis(),
            "QUERY_TIMEOUT": "300",
            "WEBSERVER_TIMEOUT": "300",
            "GUNICORN_TIMEOUT": "300",
            "GUNICORN_KEEPALIVE": "320",
            "GUNICORN_PROCESSES": "1",
            "GUNICORN_THREADS": "10",
            "CELERY_PROCESSES": "1",
            "ADMIN_USERNAME": "admin",
            "ADMIN_EMAIL": "admin@example.com",
            "EXAMPLES": "true",
        }

    def _secrets(self) -> None:
        def made(name: str, value: dict[str, str]) -> str:
            text = json.dumps(value)
            secrets = self.client("secretsmanager")
            return str(secrets.create_secret(Name=name, SecretString=text)["ARN"])

        self.credentials = made(
            "superset/db-credentials", {"username": "superset_admin", "password": FIRST_PASSWORD}
        )
        self.secret_key = made("superset/secret-key", {"key": "k" * 42, "previous": ""})
        self.admin = made("superset/admin", {"username": "admin", "password": PASSWORD})

    def _database(self) -> dict[str, str]:
        return {
            **self.database(NAME, "/superset/writer"),
            "DATABASE_PORT": "5432",
            "DATABASE_NAME": "superset",
            "DATABASE_SECRET": self.credentials,
            "DATABASE_POOL_SIZE": "5",
            "DATABASE_POOL_OVERFLOW": "5",
            "DATABASE_POOL_TIMEOUT": "30",
        }

    def database(self, name: str, parameter: str, writer: str = REGION) -> dict[str, str]:
        """A metadata database and the parameter that names it; the variables of both."""
        rds = self.client("rds")
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            EngineVersion="15",
            DBInstanceClass="db.t4g.medium",
            AllocatedStorage=20,
            StorageType="gp3",
            MasterUsername="superset_admin",
            MasterUserPassword=FIRST_PASSWORD,
            DBName="superset",
        )
        (instance,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        host = instance["Endpoint"]["Address"]
        self.client("ssm").put_parameter(
            Name=parameter,
            Type="String",
            Value=json.dumps({"region": writer, "host": host, "port": 5432}),
        )
        return {"DATABASE_HOST": host, "WRITER_PARAMETER": parameter}

    def _redis(self) -> dict[str, str]:
        cache = self.client("elasticache")
        access = "on ~superset* resetchannels &superset* -@all +@all -@admin -@dangerous +info"
        cache.create_user(
            UserId=NAME,
            UserName=NAME,
            Engine="redis",
            AccessString=access,
            AuthenticationMode={"Type": "iam"},
        )
        cache.create_user(
            UserId="nobody",
            UserName="default",
            Engine="redis",
            AccessString="off ~* -@all",
            NoPasswordRequired=True,
        )
        cache.create_user_group(UserGroupId=NAME, Engine="redis", UserIds=["nobody", NAME])
        cache.create_replication_group(
            ReplicationGroupId=NAME,
            ReplicationGroupDescription="Redis",
            Engine="redis",
            EngineVersion="7.0",
            CacheNodeType="cache.t4g.small",
            NumCacheClusters=2,
            AutomaticFailoverEnabled=True,
            TransitEncryptionEnabled=True,
            UserGroupIds=[NAME],
            Port=6379,
        )
        (group,) = cache.describe_replication_groups()["ReplicationGroups"]
        return {
            "REDIS_HOST": group["NodeGroups"][0]["PrimaryEndpoint"]["Address"],
            "REDIS_PORT": "6379",
            "REDIS_KEY_PREFIX": "superset",
            "REDIS_USER": NAME,
            "REDIS_GROUP": NAME,
        }

    def _certificate(self) -> str:
        """Requested, and validated by its record."""
        acm, dns = self.client("acm"), self.client("route53")
        arn = acm.request_certificate(
            DomainName=DOMAIN, ValidationMethod="DNS", SubjectAlternativeNames=[f"*.{DOMAIN}"]
        )["CertificateArn"]
        zone = dns.create_hosted_zone(Name="example.com", CallerReference="test")["HostedZone"]

        def record() -> dict[str, str] | None:
            certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            found = certificate["DomainValidationOptions"][0].get("ResourceRecord")
            return dict(found) if found else None

        wanted = until("the certificate names its record", record)
        values = [{"Value": wanted["Value"]}]
        made = {"Name": wanted["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": values}
        changes = [{"Action": "UPSERT", "ResourceRecordSet": made}]
        dns.change_resource_record_sets(HostedZoneId=zone["Id"], ChangeBatch={"Changes": changes})

        def issued() -> bool:
            certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            return bool(certificate["Status"] == "ISSUED")

        until("the certificate is issued", issued)
        return str(arn)

    def balance(self) -> str:
        """A load balancer with TLS in front of the web tasks; its target group."""
        elb = self.client("elbv2")
        certificate = self._certificate()
        group = self._targets("web", 8088)
        balancer = elb.create_load_balancer(
            Name="web", Subnets=self.subnets, SecurityGroups=[self.group], Scheme="internal"
        )["LoadBalancers"][0]["LoadBalancerArn"]
        not_found = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not found"}
        self._listener = elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTPS",
            Port=443,
            SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": not_found}],
        )["Listeners"][0]["ListenerArn"]
        elb.create_rule(
            ListenerArn=self._listener,
            Priority=10,
            Conditions=[
                {
                    "Field": "host-header",
                    "HostHeaderConfig": {"Values": [DOMAIN, f"{REGION}.{DOMAIN}"]},
                }
            ],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return group

    def forward(self, path: str, port: int) -> str:
        """A rule of that load balancer that comes before the others; its target group."""
        group = self._targets(path.strip("/"), port)
        self.client("elbv2").create_rule(
            ListenerArn=self._listener,
            Priority=5,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return group

    def _targets(self, name: str, port: int) -> str:
        made = self.client("elbv2").create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=port,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=30,
            HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=3,
            Matcher={"HttpCode": "200"},
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])


def connect(world: World, **more: Any) -> psycopg2.extensions.connection:
    """Log in to the metadata database as its tasks do."""
    secret = world.client("secretsmanager").get_secret_value(SecretId=world.credentials)
    login = json.loads(secret["SecretString"])
    return plane.connect(world.plane(), world.environment["DATABASE_HOST"], login, **more)
