package superset.platform.service;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.config.RegionConfig.Spread;
import superset.platform.config.RegionConfig.TaskSize;

/**
 * Superset's processes: web behind the load balancer, worker and beat where there is Redis, and the
 * init task, which is no service.
 */
public final class SupersetServices extends Construct {

  /** Port that gunicorn listens on. */
  public static final int WEB_PORT = 8088;

  /** A web task migrates nothing; it imports Superset and answers within a minute or two. */
  private static final int START_SECONDS = 180;

  private static final Spread ON_DEMAND = new Spread(0, 1, 0);

  private static final Task.Kind WEB =
      new Task.Kind(
          "web",
          "superset-app",
          "superset",
          Optional.of(WEB_PORT),
          Optional.of(
              List.of("CMD-SHELL", "curl -f http://localhost:" + WEB_PORT + "/health || exit 1")));

  private static final Task.Kind WORKER =
      new Task.Kind(
          "worker", "superset-worker", "superset", Optional.empty(), Optional.of(health("worker")));

  private static final Task.Kind BEAT =
      new Task.Kind(
          "beat", "superset-beat", "superset", Optional.empty(), Optional.of(health("beat")));

  private static final Task.Kind INIT =
      new Task.Kind("init", "superset-init", "superset-init", Optional.empty(), Optional.empty());

  /** Where the tasks run. */
  public record Placement(
      Cluster cluster, List<String> subnetIds, String webGroupId, String workerGroupId) {}

  /**
   * What the tasks talk to.
   *
   * @param databaseHost the region's own database
   * @param redis absent: no worker and no beat
   */
  public record Backends(
      String databaseHost,
      int databasePort,
      String databaseName,
      String writerParameterName,
      String writerParameterArn,
      Optional<Redis> redis) {}

  /**
   * @param userName user that authenticates with IAM
   * @param groupId replication group, which the IAM token names
   */
  public record Redis(
      String host,
      int port,
      String keyPrefix,
      String userName,
      String groupId,
      List<String> connectArns) {}

  /** ARNs of the secrets and of the keys. */
  public record Secrets(
      String dbCredentialsArn,
      String secretKeyArn,
      String adminArn,
      String secretsKeyArn,
      String logsKeyArn) {}

  /**
   * The init task, for whoever runs it.
   *
   * @param arn revision
   * @param arns pattern of all revisions
   * @param roleArns roles that ECS gives to it
   * @param after what must exist before it starts
   */
  public record InitTask(
      String arn,
      String arns,
      List<String> roleArns,
      CloudwatchLogGroup log,
      String logStreamPrefix,
      String securityGroupId,
      List<ITerraformDependable> after) {}

  /**
   * @param targetGroupArn where web tasks register
   * @param after what must exist before the first task starts
   * @param gate runs the init task; the services change after what it gives
   */
  public record Props(
      PlatformConfig platform,
      RegionConfig region,
      Placement placement,
      Backends backends,
      Secrets secrets,
      String targetGroupArn,
      List<ITerraformDependable> after,
      Function<InitTask, ITerraformDependable> gate,
      Names names) {}

  private final Props props;
  private final ITerraformDependable prepared;
  private final Service web;
  private final Optional<Service> worker;
  private final Optional<Service> beat;

  public SupersetServices(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.prepared = props.gate().apply(init());
    this.web = web();
    this.worker = props.backends().redis().map(redis -> worker());
    this.beat = props.backends().redis().map(redis -> beat());
  }

  private InitTask init() {
    Task task = task(INIT, props.region().init());
    List<ITerraformDependable> after = new ArrayList<>(props.after());
    after.addAll(task.policies());
    after.add(props.placement().cluster().capacity());
    return new InitTask(
        task.arn(),
        "arn:aws:ecs:%s:%s:task-definition/%s:*"
            .formatted(props.region().region(), props.names().account(), INIT.family()),
        task.roleArns(),
        task.log(),
        INIT.logStreamPrefix(),
        props.placement().workerGroupId(),
        after);
  }

  /** Who listens to nobody leaves a sign of life, which src/main/superset looks at. */
  private static List<String> health(String kind) {
    return List.of("CMD", "python", "-m", "superset_aws.health", kind);
  }

  public String webName() {
    return web.name();
  }

  /** Absent where there is no Redis. */
  public Optional<String> workerName() {
    return worker.map(Service::name);
  }

  /** Absent where there is no Redis. */
  public Optional<String> beatName() {
    return beat.map(Service::name);
  }

  private Service web() {
    RegionConfig.Web config = props.region().web();
    Task task = task(WEB, config.size());
    Service service =
        service(
            "web",
            task,
            config.tasks().desired(),
            new Service.Rollout(50, 200),
            config.spot(),
            props.placement().webGroupId(),
            Optional.of(new Service.Target(props.targetGroupArn(), WEB_PORT, START_SECONDS)),
            Optional.of("superset"),
            true);
    new Scaling(
        this,
        "web-scaling",
        new Scaling.Props(
            props.placement().cluster().name(),
            service.name(),
            config.tasks(),
            List.of(
                new Scaling.Target(Scaling.Metric.CPU, config.cpuTarget()),
                new Scaling.Target(Scaling.Metric.MEMORY, config.memoryTarget()))));
    return service;
  }

  private Service worker() {
    RegionConfig.Worker config = props.region().worker();
    Service service =
        service(
            "worker",
            task(WORKER, config.size()),
            config.tasks().desired(),
            new Service.Rollout(50, 200),
            config.spot(),
            props.placement().workerGroupId(),
            Optional.empty(),
            Optional.empty(),
            true);
    new Scaling(
        this,
        "worker-scaling",
        new Scaling.Props(
            props.placement().cluster().name(),
            service.name(),
            config.tasks(),
            List.of(new Scaling.Target(Scaling.Metric.CPU, 70))));
    return service;
  }

  /** Two beats send every report twice (Superset issue 22664): the old one stops first. */
  private Service beat() {
    return service(
        "beat",
        task(BEAT, props.region().beat()),
        1,
        new Service.Rollout(0, 100),
        ON_DEMAND,
        props.placement().workerGroupId(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private Service service(
      String kind,
      Task task,
      int desired,
      Service.Rollout rollout,
      Spread spread,
      String securityGroupId,
      Optional<Service.Target> target,
      Optional<String> discoveryName,
      boolean scaled) {
    List<ITerraformDependable> after = new ArrayList<>(props.after());
    after.add(prepared);
    after.addAll(task.policies());
    after.add(props.placement().cluster().capacity());
    return new Service(
        this,
        kind,
        new Service.Props(
            "superset-" + kind,
            props.placement().cluster().arn(),
            task,
            desired,
            rollout,
            spread,
            props.placement().subnetIds(),
            securityGroupId,
            target,
            discoveryName,
            props.placement().cluster().namespaceId(),
            scaled,
            props.region().exec(),
            after));
  }

  private Task task(Task.Kind kind, TaskSize size) {
    boolean init = kind == INIT;
    CloudwatchLogGroup log = log(kind);
    Map<String, String> secrets = new TreeMap<>();
    secrets.put("SUPERSET_SECRET_KEY", props.secrets().secretKeyArn() + ":key::");
    secrets.put("SUPERSET_PREVIOUS_SECRET_KEY", props.secrets().secretKeyArn() + ":previous::");
    if (init) {
      secrets.put("ADMIN_PASSWORD", props.secrets().adminArn() + ":password::");
    }
    return new Task(
        this,
        kind.kind() + "-task",
        new Task.Props(
            kind,
            size,
            ImageRepository.url(props.names(), props.region().region())
                + "@"
                + props.platform().superset().imageDigest(),
            environment(init),
            secrets,
            roles(kind, log),
            log,
            START_SECONDS,
            props.region().timeouts().stop(),
            props.region().region()));
  }

  private TaskRoles.Props roles(Task.Kind kind, CloudwatchLogGroup log) {
    List<String> injected = new ArrayList<>(List.of(props.secrets().secretKeyArn()));
    if (kind == INIT) {
      injected.add(props.secrets().adminArn());
    }
    return new TaskRoles.Props(
        kind.kind(),
        props.region().region(),
        ImageRepository.arn(props.names(), props.region().region()),
        log.getArn(),
        injected,
        List.of(props.secrets().dbCredentialsArn()),
        props.secrets().secretsKeyArn(),
        props.backends().writerParameterArn(),
        props.backends().redis().map(Redis::connectArns).orElse(List.of()),
        props.region().exec(),
        props.placement().cluster().execLogArn(),
        props.secrets().logsKeyArn(),
        props.names());
  }

  private CloudwatchLogGroup log(Task.Kind kind) {
    String name = props.names().logGroup(kind.kind());
    return CloudwatchLogGroup.Builder.create(this, kind.kind() + "-log")
        .name(name)
        .retentionInDays(props.region().logs().retentionDays())
        .kmsKeyId(props.secrets().logsKeyArn())
        .tags(Map.of("Name", name))
        .build();
  }

  /** Nothing secret: those are injected, or read when a connection is made. */
  private Map<String, String> environment(boolean init) {
    RegionConfig region = props.region();
    Map<String, String> environment = new TreeMap<>();
    environment.put("SUPERSET_ENV", props.names().label());
    environment.put("SUPERSET_VERSION", props.platform().superset().version());
    environment.put("SUPERSET_REGION", region.region());
    environment.put("SUPERSET_DOMAIN", props.platform().domain());
    environment.put("DATABASE_HOST", props.backends().databaseHost());
    environment.put("DATABASE_PORT", Integer.toString(props.backends().databasePort()));
    environment.put("DATABASE_NAME", props.backends().databaseName());
    environment.put("DATABASE_SECRET", props.secrets().dbCredentialsArn());
    environment.put("DATABASE_POOL_SIZE", Integer.toString(region.database().pool().size()));
    environment.put(
        "DATABASE_POOL_OVERFLOW", Integer.toString(region.database().pool().overflow()));
    environment.put("DATABASE_POOL_TIMEOUT", Integer.toString(region.database().pool().timeout()));
    environment.put("WRITER_PARAMETER", props.backends().writerParameterName());
    environment.put("QUERY_TIMEOUT", Integer.toString(region.timeouts().query()));
    environment.put("WEBSERVER_TIMEOUT", Integer.toString(region.timeouts().webserver()));
    environment.put("GUNICORN_TIMEOUT", Integer.toString(region.timeouts().gunicorn()));
    environment.put("GUNICORN_KEEPALIVE", Integer.toString(region.timeouts().keepalive()));
    environment.put("GUNICORN_PROCESSES", Integer.toString(region.web().processes()));
    environment.put("GUNICORN_THREADS", Integer.toString(region.web().threads()));
    props.backends().redis().ifPresent(redis -> redis(environment, redis));
    if (init) {
      environment.put("ADMIN_USERNAME", props.platform().admin().username());
      environment.put("ADMIN_EMAIL", props.platform().admin().email());
    }
    return environment;
  }

  private void redis(Map<String, String> environment, Redis redis) {
    environment.put("REDIS_HOST", redis.host());
    environment.put("REDIS_PORT", Integer.toString(redis.port()));
    environment.put("REDIS_KEY_PREFIX", redis.keyPrefix());
    environment.put("REDIS_USER", redis.userName());
    environment.put("REDIS_GROUP", redis.groupId());
    environment.put("CELERY_PROCESSES", Integer.toString(props.region().worker().processes()));
  }
}
