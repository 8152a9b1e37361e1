package superset.platform.security;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.PolicyDocument.Statement;
import superset.platform.config.Names;

/**
 * What Terraform calls of AWS for the stacks: to read them, which plans and deploys do, and to
 * change them; and what pushes an image. A new type of resource adds its actions here; the test of
 * a whole deploy says which are missing.
 *
 * @param regions regions of the environment; the roles do nothing in any other
 * @param boundary policy that every role of the stacks must have as its permissions boundary
 * @param chat what tells alarms in a channel; absent: nothing does
 */
record CiPermissions(
    List<String> regions, Optional<String> boundary, Optional<CiRoles.Chat> chat, Names names) {

  /** Where the endpoints of IAM and Route 53 are. */
  private static final String GLOBAL_REGION = "us-east-1";

  /** Services that the stacks give roles to. */
  private static final List<String> ROLE_HOLDERS =
      List.of(
          "backup.amazonaws.com",
          "ecs-tasks.amazonaws.com",
          "lambda.amazonaws.com",
          "monitoring.rds.amazonaws.com",
          "s3.amazonaws.com",
          "scheduler.amazonaws.com");

  /** Services whose own role comes into being with their first resource. */
  private static final List<String> LINKED_SERVICES =
      List.of(
          "backup.amazonaws.com",
          "ecs.amazonaws.com",
          "ecs.application-autoscaling.amazonaws.com",
          "elasticache.amazonaws.com",
          "elasticloadbalancing.amazonaws.com",
          "rds.amazonaws.com",
          "wafv2.amazonaws.com");

  /** Policies of AWS that roles of the stacks have. */
  private static final List<String> ATTACHED_POLICIES =
      List.of(
          "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
          "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores");

  /** Kinds of a network's resources. */
  private static final List<String> NETWORK =
      List.of(
          "elastic-ip",
          "internet-gateway",
          "natgateway",
          "network-acl",
          "network-interface",
          "route-table",
          "security-group",
          "security-group-rule",
          "subnet",
          "transit-gateway",
          "transit-gateway-attachment",
          "transit-gateway-route-table",
          "vpc",
          "vpc-endpoint",
          "vpc-flow-log",
          "vpc-peering-connection");

  private static final String[] CHANGES_OF_ROLES = {
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription"
  };

  /** Policies by the last part of their names; each is smaller than IAM's 6144 characters. */
  Map<String, PolicyDocument> reading() {
    Map<String, PolicyDocument> policies = new LinkedHashMap<>();
    policies.put("ci-read", lists());
    policies.put("ci-read-resources", reads());
    policies.put("ci-read-audit", audit());
    return policies;
  }

  /** As {@link #reading}: what a deploy changes. */
  Map<String, PolicyDocument> changing() {
    Map<String, PolicyDocument> policies = new LinkedHashMap<>();
    policies.put("ci-deploy-network", network());
    policies.put("ci-deploy-data", data());
    policies.put("ci-deploy-services", services());
    policies.put("ci-deploy-identity", identity());
    return policies;
  }

  /** Pushing into the image repositories, copying from one to another, and what a scan found. */
  PolicyDocument images() {
    PolicyDocument policy =
        new PolicyDocument()
            .add(PolicyDocument.allow("LogIn").actions("ecr:GetAuthorizationToken").on("*"))
            .add(
                PolicyDocument.allow("PushAndJudge")
                    .actions(
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:CompleteLayerUpload",
                        "ecr:DescribeImageScanFindings",
                        "ecr:DescribeImages",
                        "ecr:GetDownloadUrlForLayer",
                        "ecr:InitiateLayerUpload",
                        "ecr:PutImage",
                        "ecr:UploadLayerPart")
                    .on(own("ecr", "repository/" + names.platform())));
    refusals().forEach(policy::add);
    return policy;
  }

  /** Refuses the values of secrets, and every region that has no stack. */
  List<Statement> refusals() {
    return List.of(
        PolicyDocument.deny("NoSecrets")
            .actions(
                "secretsmanager:GetSecretValue",
                "secretsmanager:BatchGetSecretValue",
                "secretsmanager:PutSecretValue")
            .on("*"),
        PolicyDocument.deny("OtherRegions")
            .actions("*")
            .on("*")
            .when(
                "StringNotEquals",
                "aws:RequestedRegion",
                Stream.of(
                        regions.stream(),
                        Stream.of(GLOBAL_REGION),
                        chat.map(CiRoles.Chat::region).stream())
                    .flatMap(region -> region)
                    .distinct()
                    .sorted()
                    .toList()));
  }

  /** Listings have no resource level (Service Authorization Reference). */
  private PolicyDocument lists() {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Lists")
                .actions(
                    "acm:ListCertificates",
                    "application-autoscaling:DescribeScalableTargets",
                    "application-autoscaling:DescribeScalingPolicies",
                    "application-autoscaling:DescribeScheduledActions",
                    "ec2:DescribeAddresses",
                    "ec2:DescribeAddressesAttribute",
                    "ec2:DescribeAvailabilityZones",
                    "ec2:DescribeFlowLogs",
                    "ec2:DescribeInternetGateways",
                    "ec2:DescribeNatGateways",
                    "ec2:DescribeNetworkAcls",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribePrefixLists",
                    "ec2:DescribeRouteTables",
                    "ec2:DescribeSecurityGroupRules",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeTransitGatewayVpcAttachments",
                    "ec2:DescribeTransitGateways",
                    "ec2:DescribeVpcEndpoints",
                    "ec2:DescribeVpcPeeringConnections",
                    "ec2:DescribeVpcs",
                    "ec2:GetTransitGatewayRouteTableAssociations",
                    "ec2:GetTransitGatewayRouteTablePropagations",
                    "ecs:DescribeTaskDefinition",
                    "ecs:ListTaskDefinitions",
                    "elasticloadbalancing:DescribeCapacityReservation",
                    "elasticloadbalancing:DescribeListenerAttributes",
                    "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeLoadBalancerAttributes",
                    "elasticloadbalancing:DescribeLoadBalancers",
                    "elasticloadbalancing:DescribeRules",
                    "elasticloadbalancing:DescribeTags",
                    "elasticloadbalancing:DescribeTargetGroupAttributes",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                    "iam:ListOpenIDConnectProviders",
                    "kms:ListAliases",
                    "logs:DescribeLogGroups",
                    "logs:DescribeQueryDefinitions",
                    "logs:DescribeResourcePolicies",
                    "route53:ListHealthChecks",
                    "route53:ListHostedZones",
                    "route53:ListHostedZonesByName",
                    "secretsmanager:GetRandomPassword",
                    "servicediscovery:GetOperation",
                    "servicediscovery:ListNamespaces",
                    "servicediscovery:ListServices",
                    "servicediscovery:ListTagsForResource",
                    "ssm:DescribeParameters",
                    "sts:GetCallerIdentity")
                .on("*"));
  }

  private PolicyDocument reads() {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Network")
                .actions("ec2:DescribeVpcAttribute")
                .on(own("ec2", "vpc/*")))
        .add(
            PolicyDocument.allow("Edge")
                .actions("acm:DescribeCertificate", "acm:ListTagsForCertificate")
                .on(own("acm", "certificate/*")))
        .add(
            PolicyDocument.allow("Dns")
                .actions(
                    "route53:GetChange",
                    "route53:GetHealthCheck",
                    "route53:GetHostedZone",
                    "route53:ListResourceRecordSets",
                    "route53:ListTagsForResource")
                .on(
                    "arn:aws:route53:::change/*",
                    "arn:aws:route53:::healthcheck/*",
                    "arn:aws:route53:::hostedzone/*"))
        .add(
            PolicyDocument.allow("Scaling")
                .actions("application-autoscaling:ListTagsForResource")
                .on(own("application-autoscaling", "scalable-target/*")))
        .add(
            PolicyDocument.allow("Backups")
                .actions(
                    "backup:DescribeBackupVault",
                    "backup:GetBackupPlan",
                    "backup:GetBackupSelection",
                    "backup:ListTags")
                .on(own("backup", "backup-plan:*"), own("backup", vault())))
        .add(PolicyDocument.allow("Dashboard").actions("cloudwatch:GetDashboard").on(dashboards()))
        .add(
            PolicyDocument.allow("Images")
                .actions(
                    "ecr:DescribeRepositories",
                    "ecr:GetLifecyclePolicy",
                    "ecr:GetRepositoryPolicy",
                    "ecr:ListTagsForResource")
                .on(own("ecr", "repository/" + names.platform())))
        .add(
            PolicyDocument.allow("Services")
                .actions("ecs:DescribeClusters", "ecs:DescribeServices", "ecs:ListTagsForResource")
                .on(ecs()))
        .add(
            PolicyDocument.allow("Cache")
                .actions(
                    "elasticache:DescribeCacheClusters",
                    "elasticache:DescribeCacheParameterGroups",
                    "elasticache:DescribeCacheParameters",
                    "elasticache:DescribeCacheSubnetGroups",
                    "elasticache:DescribeReplicationGroups",
                    "elasticache:DescribeUserGroups",
                    "elasticache:DescribeUsers",
                    "elasticache:ListTagsForResource")
                .on(cache()))
        .add(
            PolicyDocument.allow("Roles")
                .actions(
                    "iam:GetOpenIDConnectProvider",
                    "iam:GetPolicy",
                    "iam:GetPolicyVersion",
                    "iam:GetRole",
                    "iam:GetRolePolicy",
                    "iam:ListAttachedRolePolicies",
                    "iam:ListInstanceProfilesForRole",
                    "iam:ListPolicyVersions",
                    "iam:ListRolePolicies")
                .on(
                    iam("oidc-provider/*"),
                    iam("policy/" + names.of("*")),
                    iam("role/" + names.of("*"))))
        .add(
            PolicyDocument.allow("Keys")
                .actions(
                    "kms:DescribeKey",
                    "kms:GetKeyPolicy",
                    "kms:GetKeyRotationStatus",
                    "kms:ListResourceTags")
                .on(own("kms", "key/*")))
        .add(
            PolicyDocument.allow("Functions")
                .actions(
                    "lambda:GetFunction",
                    "lambda:GetFunctionCodeSigningConfig",
                    "lambda:ListVersionsByFunction")
                .on(own("lambda", "function:superset-*")))
        // Without it Lambda shows no variables, and a plan wants to set them again.
        .add(
            PolicyDocument.allow("VariablesOfFunctions")
                .actions("kms:Decrypt")
                .on(own("kms", "key/*"))
                .when("StringLike", "kms:ViaService", "lambda.*.amazonaws.com"))
        .add(PolicyDocument.allow("Logs").actions("logs:ListTagsForResource").on(logs()))
        .add(
            PolicyDocument.allow("Database")
                .actions(
                    "rds:DescribeDBInstances",
                    "rds:DescribeDBParameterGroups",
                    "rds:DescribeDBParameters",
                    "rds:DescribeDBSubnetGroups",
                    "rds:ListTagsForResource")
                .on(database()))
        .add(
            PolicyDocument.allow("Buckets")
                .actions(
                    "s3:GetAccelerateConfiguration",
                    "s3:GetBucketAcl",
                    "s3:GetBucketCORS",
                    "s3:GetBucketLocation",
                    "s3:GetBucketLogging",
                    "s3:GetBucketObjectLockConfiguration",
                    "s3:GetBucketOwnershipControls",
                    "s3:GetBucketPolicy",
                    "s3:GetBucketPublicAccessBlock",
                    "s3:GetBucketRequestPayment",
                    "s3:GetBucketTagging",
                    "s3:GetBucketVersioning",
                    "s3:GetBucketWebsite",
                    "s3:GetEncryptionConfiguration",
                    "s3:GetLifecycleConfiguration",
                    "s3:GetReplicationConfiguration",
                    "s3:ListBucket")
                .on(buckets()))
        .add(
            PolicyDocument.allow("State")
                .actions("s3:GetObject")
                .on("arn:aws:s3:::" + names.of("tfstate-*") + "/*"))
        .add(PolicyDocument.allow("Schedules").actions("scheduler:GetSchedule").on(schedules()))
        .add(
            PolicyDocument.allow("SecretContainers")
                .actions("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy")
                .on(own("secretsmanager", "secret:superset/*")))
        .add(
            PolicyDocument.allow("Discovery")
                .actions("servicediscovery:GetNamespace", "servicediscovery:GetService")
                .on(own("servicediscovery", "*")))
        .add(
            PolicyDocument.allow("Parameters")
                .actions("ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource")
                .on(own("ssm", "parameter/superset/*")))
        .add(
            PolicyDocument.allow("WebAcl")
                .actions(
                    "wafv2:GetLoggingConfiguration",
                    "wafv2:GetWebACL",
                    "wafv2:GetWebACLForResource",
                    "wafv2:ListTagsForResource")
                .on(webAcls()));
  }

  /** Of the trail and its alarms CI changes nothing: a person does. */
  private PolicyDocument audit() {
    PolicyDocument policy = changesAndAlarms();
    if (chat.isPresent()) {
      policy.add(
          PolicyDocument.allow("Channels")
              .actions("chatbot:DescribeSlackChannelConfigurations", "chatbot:ListTagsForResource")
              .on("*"));
    }
    return policy;
  }

  private PolicyDocument changesAndAlarms() {
    return new PolicyDocument()
        // Who may describe some alarms only makes no composite ones (CloudWatch API Reference,
        // PutCompositeAlarm).
        .add(
            PolicyDocument.allow("AuditLists")
                .actions(
                    "cloudtrail:DescribeTrails",
                    "cloudwatch:DescribeAlarms",
                    "sns:GetSubscriptionAttributes")
                .on("*"))
        .add(
            PolicyDocument.allow("Trail")
                .actions("cloudtrail:GetTrailStatus", "cloudtrail:ListTags")
                .on(own("cloudtrail", "trail/" + names.of("trail"))))
        .add(
            PolicyDocument.allow("TrailsLog")
                .actions("logs:DescribeMetricFilters", "logs:ListTagsForResource")
                .on(own("logs", "log-group:" + names.of("trail") + "*")))
        .add(PolicyDocument.allow("ErrorLines").actions("logs:DescribeMetricFilters").on(logs()))
        .add(
            PolicyDocument.allow("Alarms")
                .actions("cloudwatch:ListTagsForResource")
                .on(own("cloudwatch", "alarm:" + names.of("audit-*")), alarms()))
        .add(
            PolicyDocument.allow("Events")
                .actions(
                    "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule")
                .on(rules()))
        .add(
            PolicyDocument.allow("Topic")
                .actions("sns:GetTopicAttributes", "sns:ListTagsForResource")
                .on(own("sns", names.of("audit")), topic()))
        .add(
            PolicyDocument.allow("Budget")
                .actions("budgets:ListTagsForResource", "budgets:ViewBudget")
                .on(budget()));
  }

  /** Networks have random ids: whatever of the account's. */
  private PolicyDocument network() {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Network")
                .actions(
                    "ec2:AcceptVpcPeeringConnection",
                    "ec2:AllocateAddress",
                    "ec2:AssociateRouteTable",
                    "ec2:AttachInternetGateway",
                    "ec2:AuthorizeSecurityGroupEgress",
                    "ec2:AuthorizeSecurityGroupIngress",
                    "ec2:CreateFlowLogs",
                    "ec2:CreateInternetGateway",
                    "ec2:CreateNatGateway",
                    "ec2:CreateNetworkAcl",
                    "ec2:CreateNetworkAclEntry",
                    "ec2:CreateRoute",
                    "ec2:CreateRouteTable",
                    "ec2:CreateSecurityGroup",
                    "ec2:CreateSubnet",
                    "ec2:CreateTags",
                    "ec2:CreateTransitGateway",
                    "ec2:CreateTransitGatewayVpcAttachment",
                    "ec2:CreateVpc",
                    "ec2:CreateVpcEndpoint",
                    "ec2:CreateVpcPeeringConnection",
                    "ec2:DeleteFlowLogs",
                    "ec2:DeleteInternetGateway",
                    "ec2:DeleteNatGateway",
                    "ec2:DeleteNetworkAcl",
                    "ec2:DeleteNetworkAclEntry",
                    "ec2:DeleteRoute",
                    "ec2:DeleteRouteTable",
                    "ec2:DeleteSecurityGroup",
                    "ec2:DeleteSubnet",
                    "ec2:DeleteTags",
                    "ec2:DeleteTransitGatewayVpcAttachment",
                    "ec2:DeleteVpcEndpoints",
                    "ec2:DeleteVpcPeeringConnection",
                    "ec2:DetachInternetGateway",
                    "ec2:DisassociateAddress",
                    "ec2:DisableTransitGatewayRouteTablePropagation",
                    "ec2:DisassociateRouteTable",
                    "ec2:EnableTransitGatewayRouteTablePropagation",
                    "ec2:ModifySecurityGroupRules",
                    "ec2:ModifySubnetAttribute",
                    "ec2:ModifyTransitGatewayVpcAttachment",
                    "ec2:ModifyVpcAttribute",
                    "ec2:ModifyVpcEndpoint",
                    "ec2:ModifyVpcPeeringConnectionOptions",
                    "ec2:ReleaseAddress",
                    "ec2:ReplaceNetworkAclAssociation",
                    "ec2:ReplaceNetworkAclEntry",
                    "ec2:ReplaceRoute",
                    "ec2:RevokeSecurityGroupEgress",
                    "ec2:RevokeSecurityGroupIngress")
                .on(NETWORK.stream().map(kind -> own("ec2", kind + "/*")).toList()))
        // Flow logs into a bucket (VPC User Guide, "Flow logs to Amazon S3"), and AWS WAF's into a
        // log group (AWS WAF Developer Guide, "CloudWatch Logs").
        .add(
            PolicyDocument.allow("LogDeliveryAndWebAcl")
                .actions(
                    "elasticloadbalancing:SetWebAcl",
                    "logs:CreateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:DeleteResourcePolicy",
                    "logs:PutResourcePolicy")
                .on("*"))
        .add(
            PolicyDocument.allow("LoadBalancer")
                .actions(
                    "elasticloadbalancing:AddTags",
                    "elasticloadbalancing:CreateListener",
                    "elasticloadbalancing:CreateLoadBalancer",
                    "elasticloadbalancing:CreateRule",
                    "elasticloadbalancing:CreateTargetGroup",
                    "elasticloadbalancing:DeleteListener",
                    "elasticloadbalancing:DeleteLoadBalancer",
                    "elasticloadbalancing:DeleteRule",
                    "elasticloadbalancing:DeleteTargetGroup",
                    "elasticloadbalancing:ModifyListener",
                    "elasticloadbalancing:ModifyListenerAttributes",
                    "elasticloadbalancing:ModifyLoadBalancerAttributes",
                    "elasticloadbalancing:ModifyRule",
                    "elasticloadbalancing:ModifyTargetGroup",
                    "elasticloadbalancing:ModifyTargetGroupAttributes",
                    "elasticloadbalancing:RemoveTags",
                    "elasticloadbalancing:SetSecurityGroups",
                    "elasticloadbalancing:SetSubnets")
                .on(
                    own("elasticloadbalancing", "listener-rule/app/" + names.platform() + "/*"),
                    own("elasticloadbalancing", "listener/app/" + names.platform() + "/*"),
                    own("elasticloadbalancing", "loadbalancer/app/" + names.platform() + "/*"),
                    own("elasticloadbalancing", "targetgroup/" + names.of("*"))))
        .add(
            PolicyDocument.allow("WebAcl")
                .actions(
                    "wafv2:AssociateWebACL",
                    "wafv2:CreateWebACL",
                    "wafv2:DeleteLoggingConfiguration",
                    "wafv2:DeleteWebACL",
                    "wafv2:DisassociateWebACL",
                    "wafv2:PutLoggingConfiguration",
                    "wafv2:TagResource",
                    "wafv2:UntagResource",
                    "wafv2:UpdateWebACL")
                .on(webAcls()))
        .add(
            PolicyDocument.allow("NewDns")
                .actions(
                    "acm:RequestCertificate",
                    "route53:CreateHealthCheck",
                    "route53:CreateHostedZone",
                    "servicediscovery:CreatePrivateDnsNamespace",
                    "servicediscovery:TagResource",
                    "servicediscovery:UntagResource")
                .on("*"))
        .add(
            PolicyDocument.allow("Certificates")
                .actions(
                    "acm:AddTagsToCertificate",
                    "acm:DeleteCertificate",
                    "acm:RemoveTagsFromCertificate")
                .on(own("acm", "certificate/*")))
        .add(
            PolicyDocument.allow("Dns")
                .actions(
                    "route53:AssociateVPCWithHostedZone",
                    "route53:ChangeResourceRecordSets",
                    "route53:ChangeTagsForResource",
                    "route53:DeleteHealthCheck",
                    "route53:UpdateHealthCheck",
                    "route53:UpdateHostedZoneComment")
                .on(
                    own("ec2", "vpc/*"),
                    "arn:aws:route53:::healthcheck/*",
                    "arn:aws:route53:::hostedzone/*"))
        .add(
            PolicyDocument.allow("Discovery")
                .actions(
                    "servicediscovery:CreateService",
                    "servicediscovery:DeleteNamespace",
                    "servicediscovery:DeleteService",
                    "servicediscovery:UpdatePrivateDnsNamespace",
                    "servicediscovery:UpdateService")
                .on(own("servicediscovery", "*")));
  }

  /**
   * What keeps data is made and changed; a person deletes it: databases but the read replica,
   * buckets, vaults, keys, zones, image repositories.
   */
  private PolicyDocument data() {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Database")
                .actions(
                    "rds:AddTagsToResource",
                    "rds:CreateDBInstance",
                    "rds:CreateDBInstanceReadReplica",
                    "rds:CreateDBParameterGroup",
                    "rds:CreateDBSubnetGroup",
                    "rds:DeleteDBParameterGroup",
                    "rds:DeleteDBSubnetGroup",
                    "rds:ModifyDBInstance",
                    "rds:ModifyDBParameterGroup",
                    "rds:ModifyDBSubnetGroup",
                    "rds:RebootDBInstance",
                    "rds:RemoveTagsFromResource",
                    "rds:ResetDBParameterGroup")
                .on(database()))
        .add(
            PolicyDocument.allow("ReadReplica")
                .actions("rds:DeleteDBInstance")
                .on(own("rds", "db:" + names.of("read"))))
        .add(
            PolicyDocument.allow("Cache")
                .actions(
                    "elasticache:AddTagsToResource",
                    "elasticache:CreateCacheParameterGroup",
                    "elasticache:CreateCacheSubnetGroup",
                    "elasticache:CreateReplicationGroup",
                    "elasticache:CreateUser",
                    "elasticache:CreateUserGroup",
                    "elasticache:DecreaseReplicaCount",
                    "elasticache:DeleteCacheParameterGroup",
                    "elasticache:DeleteCacheSubnetGroup",
                    "elasticache:DeleteReplicationGroup",
                    "elasticache:DeleteUser",
                    "elasticache:DeleteUserGroup",
                    "elasticache:IncreaseReplicaCount",
                    "elasticache:ModifyCacheParameterGroup",
                    "elasticache:ModifyCacheSubnetGroup",
                    "elasticache:ModifyReplicationGroup",
                    "elasticache:ModifyUser",
                    "elasticache:ModifyUserGroup",
                    "elasticache:RemoveTagsFromResource")
                .on(cache()))
        .add(
            PolicyDocument.allow("Buckets")
                .actions(
                    "s3:CreateBucket",
                    "s3:DeleteBucketPolicy",
                    "s3:PutBucketOwnershipControls",
                    "s3:PutBucketPolicy",
                    "s3:PutBucketPublicAccessBlock",
                    "s3:PutBucketTagging",
                    "s3:PutBucketVersioning",
                    "s3:PutEncryptionConfiguration",
                    "s3:PutLifecycleConfiguration",
                    "s3:PutReplicationConfiguration")
                .on(buckets()))
        .add(
            PolicyDocument.allow("State")
                .actions("s3:PutObject")
                .on("arn:aws:s3:::" + names.of("tfstate-*") + "/*"))
        .add(
            PolicyDocument.allow("Unlock")
                .actions("s3:DeleteObject")
                .on("arn:aws:s3:::" + names.of("tfstate-*") + "/*.tflock"))
        .add(
            PolicyDocument.allow("Backups")
                .actions(
                    "backup:CreateBackupPlan",
                    "backup:CreateBackupSelection",
                    "backup:CreateBackupVault",
                    "backup:DeleteBackupPlan",
                    "backup:DeleteBackupSelection",
                    "backup:PutBackupVaultLockConfiguration",
                    "backup:TagResource",
                    "backup:UntagResource",
                    "backup:UpdateBackupPlan")
                .on(own("backup", "backup-plan:*"), own("backup", vault())))
        .add(PolicyDocument.allow("VaultKey").actions("backup-storage:MountCapsule").on("*"))
        .add(
            PolicyDocument.allow("SecretContainers")
                .actions(
                    "secretsmanager:CreateSecret",
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:TagResource",
                    "secretsmanager:UntagResource",
                    "secretsmanager:UpdateSecret")
                .on(own("secretsmanager", "secret:superset/*")))
        .add(
            PolicyDocument.allow("Parameters")
                .actions(
                    "ssm:AddTagsToResource",
                    "ssm:DeleteParameter",
                    "ssm:PutParameter",
                    "ssm:RemoveTagsFromResource")
                .on(own("ssm", "parameter/superset/*")));
  }

  private PolicyDocument services() {
    PolicyDocument policy = whatRuns();
    chat.ifPresent(
        channel ->
            policy
                .add(
                    PolicyDocument.allow("NewChannel")
                        .actions("chatbot:CreateSlackChannelConfiguration")
                        .on("*"))
                .add(
                    PolicyDocument.allow("Channel")
                        .actions(
                            "chatbot:DeleteSlackChannelConfiguration",
                            "chatbot:TagResource",
                            "chatbot:UntagResource",
                            "chatbot:UpdateSlackChannelConfiguration")
                        .on(channel.arn())));
    return policy;
  }

  private PolicyDocument whatRuns() {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Services")
                .actions(
                    "ecs:CreateCluster",
                    "ecs:CreateService",
                    "ecs:DeleteCluster",
                    "ecs:DeleteService",
                    "ecs:PutClusterCapacityProviders",
                    "ecs:RegisterTaskDefinition",
                    "ecs:TagResource",
                    "ecs:UntagResource",
                    "ecs:UpdateCluster",
                    "ecs:UpdateService")
                .on(ecs()))
        .add(PolicyDocument.allow("OldRevisions").actions("ecs:DeregisterTaskDefinition").on("*"))
        .add(
            PolicyDocument.allow("Scaling")
                .actions(
                    "application-autoscaling:DeleteScalingPolicy",
                    "application-autoscaling:DeleteScheduledAction",
                    "application-autoscaling:DeregisterScalableTarget",
                    "application-autoscaling:PutScalingPolicy",
                    "application-autoscaling:PutScheduledAction",
                    "application-autoscaling:RegisterScalableTarget",
                    "application-autoscaling:TagResource",
                    "application-autoscaling:UntagResource")
                .on(own("application-autoscaling", "scalable-target/*")))
        .add(
            PolicyDocument.allow("Images")
                .actions(
                    "ecr:CreateRepository",
                    "ecr:DeleteLifecyclePolicy",
                    "ecr:PutImageScanningConfiguration",
                    "ecr:PutImageTagMutability",
                    "ecr:PutLifecyclePolicy",
                    "ecr:TagResource",
                    "ecr:UntagResource")
                .on(own("ecr", "repository/" + names.platform())))
        .add(
            PolicyDocument.allow("Functions")
                .actions(
                    "lambda:CreateFunction",
                    "lambda:DeleteFunction",
                    "lambda:InvokeFunction",
                    "lambda:TagResource",
                    "lambda:UntagResource",
                    "lambda:UpdateFunctionCode",
                    "lambda:UpdateFunctionConfiguration")
                .on(own("lambda", "function:superset-*")))
        .add(
            PolicyDocument.allow("Schedules")
                .actions(
                    "scheduler:CreateSchedule",
                    "scheduler:DeleteSchedule",
                    "scheduler:UpdateSchedule")
                .on(schedules()))
        .add(
            PolicyDocument.allow("Logs")
                .actions(
                    "logs:AssociateKmsKey",
                    "logs:CreateLogGroup",
                    "logs:DeleteLogGroup",
                    "logs:DeleteMetricFilter",
                    "logs:DeleteRetentionPolicy",
                    "logs:PutMetricFilter",
                    "logs:PutRetentionPolicy",
                    "logs:TagResource",
                    "logs:UntagResource")
                .on(logs()))
        .add(
            PolicyDocument.allow("Dashboard")
                .actions("cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard")
                .on(dashboards()))
        .add(
            PolicyDocument.allow("Alarms")
                .actions(
                    "cloudwatch:DeleteAlarms",
                    "cloudwatch:PutCompositeAlarm",
                    "cloudwatch:PutMetricAlarm",
                    "cloudwatch:TagResource",
                    "cloudwatch:UntagResource")
                .on(alarms()))
        .add(
            PolicyDocument.allow("Events")
                .actions(
                    "events:DeleteRule",
                    "events:PutRule",
                    "events:PutTargets",
                    "events:RemoveTargets",
                    "events:TagResource",
                    "events:UntagResource")
                .on(rules()))
        .add(
            PolicyDocument.allow("Topic")
                .actions(
                    "sns:CreateTopic",
                    "sns:DeleteTopic",
                    "sns:SetTopicAttributes",
                    "sns:Subscribe",
                    "sns:TagResource",
                    "sns:UntagResource")
                .on(topic()))
        .add(
            PolicyDocument.allow("Budget")
                .actions("budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource")
                .on(budget()))
        .add(
            PolicyDocument.allow("SubscriptionsAndQueries")
                .actions("logs:DeleteQueryDefinition", "logs:PutQueryDefinition", "sns:Unsubscribe")
                .on("*"));
  }

  private PolicyDocument identity() {
    return new PolicyDocument()
        .add(
            bounded(
                PolicyDocument.allow("Roles")
                    .actions("iam:CreateRole", "iam:PutRolePolicy")
                    .on(iam("role/" + names.of("*")))))
        .add(
            bounded(
                PolicyDocument.allow("PoliciesOfAws")
                    .actions("iam:AttachRolePolicy")
                    .on(iam("role/" + names.of("*")))
                    .when("ArnEquals", "iam:PolicyARN", ATTACHED_POLICIES)))
        .add(
            PolicyDocument.allow("ChangesOfRoles")
                .actions(CHANGES_OF_ROLES)
                .on(iam("role/" + names.of("*"))))
        .add(
            PolicyDocument.allow("GiveRoles")
                .actions("iam:PassRole")
                .on(iam("role/" + names.of("*")))
                .when(
                    "StringEquals",
                    "iam:PassedToService",
                    withChat(ROLE_HOLDERS, "chatbot.amazonaws.com")))
        .add(
            PolicyDocument.allow("RolesOfServices")
                .actions("iam:CreateServiceLinkedRole")
                .on(iam("role/aws-service-role/*"))
                .when(
                    "StringEquals",
                    "iam:AWSServiceName",
                    withChat(LINKED_SERVICES, "management.chatbot.amazonaws.com")))
        // Who deploys does not decide what deploys may do, nor who gets a shell.
        .add(
            PolicyDocument.deny("ItsOwnRoles")
                .actions(
                    Stream.concat(
                            Stream.of(
                                "iam:AttachRolePolicy",
                                "iam:CreateRole",
                                "iam:PassRole",
                                "iam:PutRolePolicy"),
                            Stream.of(CHANGES_OF_ROLES))
                        .toArray(String[]::new))
                .on(
                    iam("role/" + names.of("ci-*")),
                    iam("role/" + names.of("break-glass")),
                    iam("role/" + names.of("trail"))))
        // Nor what is known of what they did.
        .add(
            PolicyDocument.deny("FilesOfTheTrail")
                .actions(
                    "s3:DeleteBucketPolicy",
                    "s3:PutBucketPolicy",
                    "s3:PutBucketVersioning",
                    "s3:PutEncryptionConfiguration",
                    "s3:PutLifecycleConfiguration",
                    "s3:PutReplicationConfiguration")
                .on("arn:aws:s3:::" + names.of("trail-*")))
        .add(
            PolicyDocument.deny("KeyOfTheTrail")
                .actions("kms:PutKeyPolicy")
                .on(own("kms", "key/*"))
                .when(
                    "ForAnyValue:StringEquals",
                    "kms:ResourceAliases",
                    "alias/" + Keys.Purpose.AUDIT.alias(names)))
        .add(PolicyDocument.allow("NewKeys").actions("kms:CreateKey").on("*"))
        .add(
            PolicyDocument.allow("Keys")
                .actions(
                    "kms:EnableKeyRotation",
                    "kms:PutKeyPolicy",
                    "kms:TagResource",
                    "kms:UntagResource",
                    "kms:UpdateKeyDescription")
                .on(own("kms", "key/*")))
        .add(
            PolicyDocument.allow("Aliases")
                .actions("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")
                .on(own("kms", "key/*"), own("kms", "alias/" + names.of("*"))))
        .add(
            PolicyDocument.allow("UseKeys")
                .actions("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
                .on(own("kms", "key/*"))
                .when(
                    "StringLike",
                    "kms:ViaService",
                    Stream.of("backup", "elasticache", "lambda", "rds", "s3", "secretsmanager")
                        .map(service -> service + ".*.amazonaws.com")
                        .toList()))
        .add(
            PolicyDocument.allow("LendKeys")
                .actions("kms:CreateGrant")
                .on(own("kms", "key/*"))
                .when("Bool", "kms:GrantIsForAWSResource", "true"));
  }

  private List<String> withChat(List<String> services, String service) {
    return Stream.concat(services.stream(), chat.stream().map(unused -> service)).sorted().toList();
  }

  private Statement bounded(Statement statement) {
    boundary.ifPresent(arn -> statement.when("ArnEquals", "iam:PermissionsBoundary", arn));
    return statement;
  }

  private String[] database() {
    return new String[] {
      own("rds", "db:" + names.platform() + "*"),
      // Every instance is in an option group; RDS' own ones need no name.
      own("rds", "og:default:*"),
      own("rds", "pg:" + names.of("*")),
      own("rds", "subgrp:" + names.platform())
    };
  }

  private String[] cache() {
    return new String[] {
      own("elasticache", "cluster:" + names.of("*")),
      own("elasticache", "parametergroup:" + names.of("*")),
      own("elasticache", "replicationgroup:" + names.platform()),
      own("elasticache", "subnetgroup:" + names.platform()),
      own("elasticache", "user:" + names.platform() + "*"),
      own("elasticache", "usergroup:" + names.platform())
    };
  }

  private String[] ecs() {
    return new String[] {
      own("ecs", "cluster/" + names.platform()),
      own("ecs", "service/" + names.platform() + "/*"),
      own("ecs", "task-definition/superset-*")
    };
  }

  private String[] logs() {
    return new String[] {
      own("logs", "log-group:/aws/lambda/superset-*"),
      own("logs", "log-group:/aws/rds/instance/" + names.platform() + "*"),
      own("logs", "log-group:/superset/*"),
      own("logs", "log-group:aws-waf-logs-" + names.platform() + "*")
    };
  }

  /** Web ACLs, what is behind them, and AWS's own rules. */
  private String[] webAcls() {
    return new String[] {
      own("elasticloadbalancing", "loadbalancer/app/" + names.platform() + "/*"),
      own("wafv2", "regional/managedruleset/*"),
      own("wafv2", "regional/webacl/" + names.platform() + "/*")
    };
  }

  private String buckets() {
    return "arn:aws:s3:::" + names.of("*");
  }

  private String vault() {
    return "backup-vault:" + names.platform();
  }

  private String schedules() {
    return own("scheduler", "schedule/default/superset-*");
  }

  private String budget() {
    return "arn:aws:budgets::" + names.account() + ":budget/" + names.of("month");
  }

  private String dashboards() {
    return "arn:aws:cloudwatch::" + names.account() + ":dashboard/Superset-*";
  }

  private String alarms() {
    return own("cloudwatch", "alarm:" + names.of("alarm-*"));
  }

  private String rules() {
    return own("events", "rule/" + names.of("alarm-*"));
  }

  private String topic() {
    return own("sns", names.of("alarms"));
  }

  private String iam(String resource) {
    return "arn:aws:iam::" + names.account() + ":" + resource;
  }

  /** The account's, in whichever of the regions. */
  private String own(String service, String resource) {
    return "arn:aws:%s:*:%s:%s".formatted(service, names.account(), resource);
  }
}
