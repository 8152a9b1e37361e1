package superset.platform.service;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.TerraformResourceLifecycle;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.ecs_task_definition.EcsTaskDefinition;
import com.hashicorp.cdktf.providers.aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform;
import com.hashicorp.cdktf.providers.aws.ecs_task_definition.EcsTaskDefinitionVolume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.config.RegionConfig.TaskSize;

/**
 * A task definition with its log group and roles; the one builder of all kinds. Its root file
 * system is read-only.
 */
final class Task extends Construct {

  /**
   * A rollback needs the revision before: it is deregistered after the services have left it (ECS:
   * Deregistering a task definition revision).
   */
  private static final TerraformResourceLifecycle OLD_LAST =
      TerraformResourceLifecycle.builder().createBeforeDestroy(true).build();

  /** Name of the container in every task. */
  static final String CONTAINER = "superset";

  /**
   * What a kind of task is.
   *
   * @param kind web, worker, beat, init or websocket; also the argument that the image is started
   *     with
   * @param family ECS task family
   * @param logStreamPrefix prefix of its log streams
   * @param port container port; absent: it listens to nobody
   * @param healthCheck command that succeeds while the container is healthy; absent: a task that
   *     ends by itself
   */
  record Kind(
      String kind,
      String family,
      String logStreamPrefix,
      Optional<Integer> port,
      Optional<List<String>> healthCheck) {}

  /**
   * @param collector image of the collector beside it; absent: it makes no traces
   * @param startPeriodSeconds seconds in which failing health checks do not count
   * @param secrets environment variable to secret reference, injected by ECS
   * @param exec whether ECS Exec is possible
   */
  record Props(
      Kind kind,
      TaskSize size,
      String image,
      Optional<String> collector,
      Map<String, String> environment,
      Map<String, String> secrets,
      TaskRoles.Props roles,
      CloudwatchLogGroup log,
      int startPeriodSeconds,
      int stopTimeoutSeconds,
      boolean exec,
      String region) {}

  /**
   * A folder that can be written to, empty in every new task.
   *
   * @param path a VOLUME of the image: the folder there gives the volume its owner and mode (Amazon
   *     ECS Developer Guide, "Use bind mounts with Amazon ECS")
   */
  private record Folder(String volume, String path) {}

  private static final List<Folder> WRITABLE =
      List.of(new Folder("tmp", "/tmp"), new Folder("superset-home", "/app/superset_home"));

  /** What the agent of ECS Exec writes to (aws/containers-roadmap issue 1359). */
  private static final List<Folder> OF_EXEC =
      List.of(
          new Folder("ssm-state", "/var/lib/amazon/ssm"),
          new Folder("ssm-log", "/var/log/amazon/ssm"));

  private final EcsTaskDefinition definition;
  private final TaskRoles roles;
  private final CloudwatchLogGroup log;

  Task(Construct scope, String id, Props props) {
    super(scope, id);
    this.roles = new TaskRoles(this, "roles", props.roles());
    this.log = props.log();
    this.definition =
        EcsTaskDefinition.Builder.create(this, "definition")
            .family(props.kind().family())
            .requiresCompatibilities(List.of("FARGATE"))
            .networkMode("awsvpc")
            .cpu(Integer.toString(props.size().cpu()))
            .memory(Integer.toString(props.size().memory()))
            .runtimePlatform(
                EcsTaskDefinitionRuntimePlatform.builder()
                    .operatingSystemFamily("LINUX")
                    .cpuArchitecture("ARM64")
                    .build())
            .executionRoleArn(roles.executionRoleArn())
            .taskRoleArn(roles.taskRoleArn())
            .containerDefinitions(Json.of(containers(props)))
            .volume(
                folders(props).stream()
                    .map(folder -> EcsTaskDefinitionVolume.builder().name(folder.volume()).build())
                    .toList())
            .tags(Map.of("Name", props.kind().family()))
            .lifecycle(OLD_LAST)
            .build();
  }

  /** ARN with the revision. */
  String arn() {
    return definition.getArn();
  }

  /** The same as a reference, for use inside a Terraform expression. */
  String arnReference() {
    return definition.getFqn() + ".arn";
  }

  /** Roles that ECS gives to a task of it. */
  List<String> roleArns() {
    return List.of(roles.executionRoleArn(), roles.taskRoleArn());
  }

  /** Where its tasks write. */
  CloudwatchLogGroup log() {
    return log;
  }

  /** What must exist before a task of it starts. */
  List<ITerraformDependable> policies() {
    return roles.policies();
  }

  private static List<Map<String, Object>> containers(Props props) {
    return Stream.concat(
            Stream.of(container(props)),
            props.collector().stream()
                .map(image -> Collector.container(image, props.region(), logConfiguration(props))))
        .toList();
  }

  private static Map<String, Object> container(Props props) {
    Kind kind = props.kind();
    Map<String, Object> container =
        Json.object(
            "name",
            CONTAINER,
            "image",
            props.image(),
            "essential",
            true,
            "command",
            List.of(kind.kind()));
    kind.port()
        .ifPresent(
            port ->
                container.put(
                    "portMappings",
                    List.of(
                        Json.object("containerPort", port, "hostPort", port, "protocol", "tcp"))));
    container.put("environment", pairs(props.environment(), "value"));
    container.put("secrets", pairs(props.secrets(), "valueFrom"));
    container.put("logConfiguration", logConfiguration(props));
    kind.healthCheck()
        .ifPresent(command -> container.put("healthCheck", healthCheck(command, props)));
    container.put("readonlyRootFilesystem", true);
    container.put(
        "mountPoints",
        folders(props).stream()
            .map(
                folder ->
                    Json.object("sourceVolume", folder.volume(), "containerPath", folder.path()))
            .toList());
    container.put("stopTimeout", props.stopTimeoutSeconds());
    // Reaps the children of the shell and of Chromium.
    container.put("linuxParameters", Json.object("initProcessEnabled", true));
    return container;
  }

  private static List<Folder> folders(Props props) {
    return props.exec() ? Stream.concat(WRITABLE.stream(), OF_EXEC.stream()).toList() : WRITABLE;
  }

  private static Map<String, Object> logConfiguration(Props props) {
    return Json.object(
        "logDriver",
        "awslogs",
        "options",
        Json.object(
            "awslogs-group", props.log().getName(),
            "awslogs-region", props.region(),
            "awslogs-stream-prefix", props.kind().logStreamPrefix()));
  }

  private static Map<String, Object> healthCheck(List<String> command, Props props) {
    return Json.object(
        "command", command,
        "interval", 30,
        "timeout", 5,
        "retries", 3,
        "startPeriod", props.startPeriodSeconds());
  }

  private static List<Map<String, Object>> pairs(Map<String, String> values, String valueKey) {
    return values.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> Json.object("name", entry.getKey(), valueKey, entry.getValue()))
        .toList();
  }
}
