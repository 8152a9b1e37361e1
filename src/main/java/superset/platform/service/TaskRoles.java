package superset.platform.service;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.DataSource.Athena;
import superset.platform.config.Names;

/**
 * The two roles of a task: the execution role starts it (image, log, injected secrets), the task
 * role is what Superset itself may do.
 */
final class TaskRoles extends Construct {

  /**
   * @param kind web, worker, beat, init or websocket
   * @param injected ARNs of the secrets that ECS injects at start
   * @param readable ARNs of the secrets that Superset reads while it runs; empty: none
   * @param secretsKeyArn key of the secrets
   * @param writerParameterArn absent: it does not connect to the metadata database
   * @param athena what it queries with Athena; empty: nothing
   * @param exports what exports are written to and read from; absent: nothing
   * @param traced whether the collector beside it sends traces
   * @param cacheConnectArns what Redis' IAM authentication is allowed on; empty: no Redis
   */
  record Props(
      String kind,
      String region,
      String repositoryArn,
      String logGroupArn,
      List<String> injected,
      List<String> readable,
      String secretsKeyArn,
      Optional<String> writerParameterArn,
      List<Athena> athena,
      List<String> cacheConnectArns,
      Optional<Exports> exports,
      boolean traced,
      boolean exec,
      String execLogArn,
      String logsKeyArn,
      Names names) {}

  private final IamRole execution;
  private final IamRole task;
  private final List<ITerraformDependable> policies;

  TaskRoles(Construct scope, String id, Props props) {
    super(scope, id);
    this.execution = role("execution", "Starts the task superset-" + props.kind(), props);
    this.task = role("task", "What superset-" + props.kind() + " may do", props);
    this.policies =
        List.of(
            policy("execution-policy", "start", execution, start(props)),
            policy("task-policy", "run", task, run(props)));
  }

  String executionRoleArn() {
    return execution.getArn();
  }

  String taskRoleArn() {
    return task.getArn();
  }

  /** A service that starts before its roles may do anything fails its first tasks. */
  List<ITerraformDependable> policies() {
    return policies;
  }

  private IamRole role(String part, String description, Props props) {
    String name = props.names().of(props.kind() + "-" + part, props.region());
    String tasks = "arn:aws:ecs:" + props.region() + ":" + props.names().account() + ":*";
    return IamRole.Builder.create(this, part)
        .name(name)
        .description(description)
        .assumeRolePolicy(
            PolicyDocument.trusting("ecs-tasks.amazonaws.com", props.names().account(), tasks)
                .json())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRolePolicy policy(String id, String name, IamRole role, PolicyDocument document) {
    return IamRolePolicy.Builder.create(this, id)
        .name(name)
        .role(role.getId())
        .policy(document.json())
        .build();
  }

  private static PolicyDocument start(Props props) {
    return new PolicyDocument()
        // ecr:GetAuthorizationToken has no resource level (Service Authorization Reference).
        .add(PolicyDocument.allow("RegistryLogin").actions("ecr:GetAuthorizationToken").on("*"))
        .add(
            PolicyDocument.allow("PullImage")
                .actions(
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer")
                .on(props.repositoryArn()))
        .add(
            PolicyDocument.allow("Log")
                .actions("logs:CreateLogStream", "logs:PutLogEvents")
                .on(props.logGroupArn() + ":*"))
        .add(
            PolicyDocument.allow("InjectSecrets")
                .actions("secretsmanager:GetSecretValue")
                .on(props.injected()))
        .add(decrypt(props));
  }

  private static PolicyDocument run(Props props) {
    PolicyDocument policy = new PolicyDocument();
    if (!props.readable().isEmpty()) {
      policy
          .add(
              PolicyDocument.allow("ReadSecrets")
                  .actions("secretsmanager:GetSecretValue")
                  .on(props.readable()))
          .add(decrypt(props));
    }
    props
        .writerParameterArn()
        .ifPresent(
            parameter ->
                policy.add(
                    PolicyDocument.allow("FindWriter").actions("ssm:GetParameter").on(parameter)));
    new AthenaAccess(props.athena(), props.region(), props.names()).addTo(policy);
    if (!props.cacheConnectArns().isEmpty()) {
      policy.add(
          PolicyDocument.allow("RedisLogin")
              .actions("elasticache:Connect")
              .on(props.cacheConnectArns()));
    }
    props.exports().ifPresent(exports -> exports(policy, exports, props.names()));
    if (props.traced()) {
      // Segments have no ARN (Service Authorization Reference).
      policy.add(PolicyDocument.allow("SendTraces").actions("xray:PutTraceSegments").on("*"));
    }
    if (props.exec()) {
      exec(policy, props);
    }
    return policy;
  }

  /** Keys of other regions are named by their alias: their ids are random. */
  private static void exports(PolicyDocument policy, Exports exports, Names names) {
    List<String> buckets =
        exports.places().stream().map(place -> "arn:aws:s3:::" + place.bucket()).toList();
    policy
        .add(PolicyDocument.allow("FindExports").actions("s3:ListBucket").on(buckets))
        .add(
            PolicyDocument.allow("Export")
                .actions("s3:PutObject", "s3:GetObject")
                .on(buckets.stream().map(bucket -> bucket + "/*").toList()))
        .add(
            PolicyDocument.allow("EncryptExports")
                .actions("kms:Decrypt", "kms:GenerateDataKey")
                .on(
                    exports.places().stream()
                        .map(
                            place ->
                                "arn:aws:kms:%s:%s:key/*"
                                    .formatted(place.region(), names.account()))
                        .toList())
                .when(
                    "ForAnyValue:StringEquals",
                    "kms:ResourceAliases",
                    "alias/" + exports.keyAlias()));
  }

  private static PolicyDocument.Statement decrypt(Props props) {
    return PolicyDocument.allow("DecryptSecrets")
        .actions("kms:Decrypt")
        .on(props.secretsKeyArn())
        .when(
            "StringEquals",
            "kms:ViaService",
            "secretsmanager." + props.region() + ".amazonaws.com");
  }

  /** ECS Exec (AWS: Using ECS Exec, IAM permissions required). The channels have no ARN. */
  private static void exec(PolicyDocument policy, Props props) {
    policy
        .add(
            PolicyDocument.allow("ExecChannels")
                .actions(
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel")
                .on("*"))
        .add(PolicyDocument.allow("ExecKey").actions("kms:Decrypt").on(props.logsKeyArn()))
        .add(PolicyDocument.allow("ExecFindLog").actions("logs:DescribeLogGroups").on("*"))
        .add(
            PolicyDocument.allow("ExecLog")
                .actions("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
                .on(props.execLogArn() + ":*"));
  }
}
