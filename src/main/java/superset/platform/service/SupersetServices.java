package superset.platform.service;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.config.DataSource;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.config.RegionConfig.ScheduledTasks;
import superset.platform.config.RegionConfig.Spread;
import superset.platform.config.RegionConfig.TaskSize;
import superset.platform.config.RegionConfig.Tasks;
import superset.platform.guard.IgnoredChanges;

/**
 * Superset's processes: web behind the load balancer, worker and beat where there is Redis,
 * websocket where it is configured, and the init task, which is no service.
 */
public final class SupersetServices extends Construct {

  /** Port that gunicorn listens on. */
  public static final int WEB_PORT = 8088;

  /** Port that websocket tasks listen on. */
  public static final int WEBSOCKET_PORT = 8080;

  /** A web task migrates nothing; it imports Superset and answers within a minute or two. */
  private static final int START_SECONDS = 180;

  private static final Spread ON_DEMAND = new Spread(0, 1, 0);

  private static final Service.Rollout ROLLING = new Service.Rollout(50, 200);

  /** It waits for Redis and copies lines: open connections are all that it holds. */
  private static final TaskSize WEBSOCKET_SIZE = new TaskSize(256, 512);

  /** One zone may go. */
  private static final int WEBSOCKET_TASKS = 2;

  /** Where the tasks run. */
  public record Placement(
      Cluster cluster, List<String> subnetIds, String webGroupId, String workerGroupId) {}

  /**
   * What the tasks talk to.
   *
   * @param databaseHost the region's own database
   * @param databaseReplicaHost a read replica of it in the region
   * @param redis absent: no worker and no beat
   * @param exports absent: nothing is exported
   */
  public record Backends(
      String databaseHost,
      Optional<String> databaseReplicaHost,
      int databasePort,
      String databaseName,
      String writerParameterName,
      String writerParameterArn,
      Optional<Redis> redis,
      Optional<Exports> exports) {}

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

  /**
   * ARNs of the secrets and of the keys.
   *
   * @param canaryArn absent: no canary signs in
   * @param signInArn absent: no identity provider
   * @param emailArn absent: no mail
   * @param dataSourceArns of those data sources that have a login, by name
   */
  public record Secrets(
      String dbCredentialsArn,
      String secretKeyArn,
      String adminArn,
      Optional<String> canaryArn,
      Optional<String> signInArn,
      Optional<String> emailArn,
      Map<String, String> dataSourceArns,
      String secretsKeyArn,
      String logsKeyArn) {
    public Secrets {
      dataSourceArns = Collections.unmodifiableMap(new TreeMap<>(dataSourceArns));
    }
  }

  /**
   * Where web tasks register.
   *
   * @param label load balancer and target group, as a policy of scaling names them
   */
  public record WebTarget(String targetGroupArn, String label) {}

  /**
   * Where websocket tasks run and register.
   *
   * @param groupId security group
   */
  public record Websocket(String groupId, String targetGroupArn) {}

  /**
   * The init task, for whoever runs it.
   *
   * @param arn revision
   * @param arns pattern of all revisions
   * @param roleArns roles that ECS gives to it
   * @param container its container
   * @param after what must exist before it starts
   */
  public record InitTask(
      String arn,
      String arns,
      List<String> roleArns,
      CloudwatchLogGroup log,
      String logStreamPrefix,
      String container,
      String securityGroupId,
      List<ITerraformDependable> after) {}

  /**
   * @param otherRegions of the platform, each of which holds a fence against this one
   * @param web where web tasks register
   * @param websocket absent: browsers ask for finished charts
   * @param after what must exist before the first task starts
   * @param gate runs the init task; the services change after what it gives
   */
  public record Props(
      PlatformConfig platform,
      RegionConfig region,
      List<String> otherRegions,
      Placement placement,
      Backends backends,
      Secrets secrets,
      WebTarget web,
      Optional<Websocket> websocket,
      List<ITerraformDependable> after,
      Function<InitTask, ITerraformDependable> gate,
      Names names) {}

  /**
   * A service while it runs.
   *
   * @param kind such as {@code web}
   * @param tasks how many, at least
   * @param range what Application Auto Scaling moves between; absent: it does not
   */
  public record Running(String kind, String name, int tasks, Optional<Range> range) {}

  /**
   * @param arn of the scalable target
   */
  public record Range(String arn, Tasks tasks) {}

  private final Props props;
  private final List<Running> running = new ArrayList<>();
  private final Environment environment;
  private final SortedMap<String, String> logGroups = new TreeMap<>();
  private final InitTask init;
  private final ITerraformDependable prepared;
  private final Service web;
  private final Optional<Service> worker;
  private final Optional<Service> beat;
  private final Optional<Service> websocket;

  public SupersetServices(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.environment =
        new Environment(
            props.platform(),
            props.region(),
            props.otherRegions(),
            props.backends(),
            props.secrets(),
            props.websocket().isPresent(),
            props.names());
    this.init = initTask();
    this.prepared = props.gate().apply(init);
    this.web = web();
    this.worker = props.backends().redis().map(redis -> worker());
    this.beat = props.backends().redis().map(redis -> beat());
    this.websocket = props.websocket().map(this::websocket);
  }

  /** The task that is no service. */
  public InitTask init() {
    return init;
  }

  private InitTask initTask() {
    Task task = task(Kinds.INIT, props.region().init());
    List<ITerraformDependable> after = new ArrayList<>(props.after());
    after.addAll(task.policies());
    after.add(props.placement().cluster().capacity());
    return new InitTask(
        task.arn(),
        "arn:aws:ecs:%s:%s:task-definition/%s:*"
            .formatted(props.region().region(), props.names().account(), Kinds.INIT.family()),
        task.roleArns(),
        task.log(),
        Kinds.INIT.logStreamPrefix(),
        Task.CONTAINER,
        props.placement().workerGroupId(),
        after);
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

  /** What runs, for whoever stops and starts it. */
  public List<Running> running() {
    return List.copyOf(running);
  }

  /** Names of all services. */
  public List<String> names() {
    return Stream.of(Optional.of(web), worker, beat, websocket)
        .flatMap(Optional::stream)
        .map(Service::name)
        .toList();
  }

  /** Names of the log groups by kind of task: {@code web}, {@code init} and so on. */
  public SortedMap<String, String> logGroups() {
    return Collections.unmodifiableSortedMap(logGroups);
  }

  private Service web() {
    RegionConfig.Web config = props.region().web();
    Task task = task(Kinds.WEB, config.size());
    Service service =
        service(
            "web",
            task,
            config.tasks().desired(),
            ROLLING,
            config.spot(),
            props.placement().webGroupId(),
            Optional.of(new Service.Target(props.web().targetGroupArn(), WEB_PORT, START_SECONDS)),
            Optional.of("superset"),
            Optional.of(IgnoredChanges.AUTOSCALED_SERVICE));
    scale(
        "web",
        service,
        config.tasks(),
        config.schedule(),
        Scaling.Target.cpu(config.cpuTarget()),
        Scaling.Target.memory(config.memoryTarget()),
        Scaling.Target.requests(config.requestTarget(), props.web().label()));
    return service;
  }

  private Service worker() {
    RegionConfig.Worker config = props.region().worker();
    Service service =
        service(
            "worker",
            task(Kinds.WORKER, config.size()),
            config.tasks().desired(),
            ROLLING,
            config.spot(),
            props.placement().workerGroupId(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(IgnoredChanges.AUTOSCALED_SERVICE));
    scale(
        "worker",
        service,
        config.tasks(),
        config.schedule(),
        Scaling.Target.cpu(config.cpuTarget()),
        Scaling.Target.backlog(config.backlogTarget()));
    return service;
  }

  /** Two beats send every report twice (Superset issue 22664): the old one stops first. */
  private Service beat() {
    Service service =
        service(
            "beat",
            task(Kinds.BEAT, props.region().beat()),
            1,
            new Service.Rollout(0, 100),
            ON_DEMAND,
            props.placement().workerGroupId(),
            Optional.empty(),
            Optional.empty(),
            fixed());
    run("beat", 1, Optional.empty());
    return service;
  }

  /** A connection that breaks is opened again by the browser, to whichever task. */
  private Service websocket(Websocket websocket) {
    Service service =
        service(
            "websocket",
            task(Kinds.WEBSOCKET, WEBSOCKET_SIZE),
            WEBSOCKET_TASKS,
            ROLLING,
            ON_DEMAND,
            websocket.groupId(),
            Optional.of(
                new Service.Target(websocket.targetGroupArn(), WEBSOCKET_PORT, START_SECONDS)),
            Optional.empty(),
            fixed());
    run("websocket", WEBSOCKET_TASKS, Optional.empty());
    return service;
  }

  /** Who owns the number of tasks of a service that is not scaled. */
  private Optional<IgnoredChanges> fixed() {
    return props.platform().schedule().map(hours -> IgnoredChanges.STOPPED_SERVICE);
  }

  private void scale(
      String kind,
      Service service,
      Tasks tasks,
      List<ScheduledTasks> schedule,
      Scaling.Target... targets) {
    Scaling scaling =
        new Scaling(
            this,
            kind + "-scaling",
            new Scaling.Props(
                props.placement().cluster().name(),
                service.name(),
                tasks,
                schedule,
                props.platform().timeZone(),
                props.platform().schedule().isPresent(),
                List.of(targets)));
    run(kind, tasks.min(), Optional.of(new Range(scaling.rangeArn(), tasks)));
  }

  private void run(String kind, int tasks, Optional<Range> range) {
    running.add(new Running(kind, props.names().service(kind), tasks, range));
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
      Optional<IgnoredChanges> count) {
    List<ITerraformDependable> after = new ArrayList<>(props.after());
    after.add(prepared);
    after.addAll(task.policies());
    after.add(props.placement().cluster().capacity());
    return new Service(
        this,
        kind,
        new Service.Props(
            props.names().service(kind),
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
            count,
            props.region().exec(),
            after));
  }

  private Task task(Task.Kind kind, TaskSize size) {
    CloudwatchLogGroup log = log(kind);
    return new Task(
        this,
        kind.kind() + "-task",
        new Task.Props(
            kind,
            size,
            image(props.platform().superset().imageDigest()),
            isTraced(kind) ? Optional.of(image(Collector.DIGEST)) : Optional.empty(),
            environment.of(kind),
            injected(kind),
            roles(kind, log),
            log,
            START_SECONDS,
            props.region().timeouts().stop(),
            props.region().exec(),
            props.region().region()));
  }

  private String image(String digest) {
    return ImageRepository.url(props.names(), props.region().region()) + "@" + digest;
  }

  private boolean isTraced(Task.Kind kind) {
    return props.platform().tracing().isPresent() && Kinds.TRACED.contains(kind);
  }

  /** Variables that ECS fills from secrets when a task starts. */
  private Map<String, String> injected(Task.Kind kind) {
    Map<String, String> secrets = new TreeMap<>();
    secrets.put("SUPERSET_SECRET_KEY", props.secrets().secretKeyArn() + ":key::");
    secrets.put("SUPERSET_PREVIOUS_SECRET_KEY", props.secrets().secretKeyArn() + ":previous::");
    if (kind == Kinds.INIT) {
      secrets.put("ADMIN_PASSWORD", props.secrets().adminArn() + ":password::");
      props
          .secrets()
          .canaryArn()
          .ifPresent(
              arn -> {
                secrets.put("CANARY_USERNAME", arn + ":username::");
                secrets.put("CANARY_PASSWORD", arn + ":password::");
              });
    }
    return secrets;
  }

  private TaskRoles.Props roles(Task.Kind kind, CloudwatchLogGroup log) {
    boolean superset = Kinds.SUPERSET.contains(kind);
    return new TaskRoles.Props(
        kind.kind(),
        props.region().region(),
        ImageRepository.arn(props.names(), props.region().region()),
        log.getArn(),
        injectable(kind),
        readable(kind),
        props.secrets().secretsKeyArn(),
        superset ? Optional.of(props.backends().writerParameterArn()) : Optional.empty(),
        Kinds.QUERYING.contains(kind) ? athena() : List.of(),
        props.backends().redis().map(Redis::connectArns).orElse(List.of()),
        kind == Kinds.INIT ? props.backends().exports() : Optional.empty(),
        isTraced(kind),
        props.region().exec(),
        props.placement().cluster().execLogArn(),
        props.secrets().logsKeyArn(),
        props.names());
  }

  /** Secrets that ECS reads for a kind of task. */
  private List<String> injectable(Task.Kind kind) {
    List<String> arns = new ArrayList<>(List.of(props.secrets().secretKeyArn()));
    if (kind == Kinds.INIT) {
      arns.add(props.secrets().adminArn());
      props.secrets().canaryArn().ifPresent(arns::add);
    }
    return arns;
  }

  /** Secrets that a kind of task reads while it runs: the login form's, the sender's, and so on. */
  private List<String> readable(Task.Kind kind) {
    List<String> arns = new ArrayList<>();
    if (Kinds.SUPERSET.contains(kind)) {
      arns.add(props.secrets().dbCredentialsArn());
    }
    if (Kinds.QUERYING.contains(kind)) {
      arns.addAll(props.secrets().dataSourceArns().values());
    }
    if (kind == Kinds.WEB) {
      props.secrets().signInArn().ifPresent(arns::add);
    }
    if (kind == Kinds.WORKER) {
      props.secrets().emailArn().ifPresent(arns::add);
    }
    return arns;
  }

  private List<DataSource.Athena> athena() {
    return props.region().dataSources().stream()
        .flatMap(source -> source.athena().stream())
        .toList();
  }

  private CloudwatchLogGroup log(Task.Kind kind) {
    String name = props.names().logGroup(kind.kind());
    CloudwatchLogGroup log =
        CloudwatchLogGroup.Builder.create(this, kind.kind() + "-log")
            .name(name)
            .retentionInDays(props.region().logs().retentionDays())
            .kmsKeyId(props.secrets().logsKeyArn())
            .tags(Map.of("Name", name))
            .build();
    logGroups.put(kind.kind(), log.getName());
    return log;
  }
}
