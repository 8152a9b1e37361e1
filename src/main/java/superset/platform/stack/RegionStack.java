package superset.platform.stack;

import com.hashicorp.cdktf.ITerraformDependable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.Scheduler;
import superset.platform.backup.DatabaseBackups;
import superset.platform.backup.ExportSchedule;
import superset.platform.cache.Cache;
import superset.platform.config.Cidr;
import superset.platform.config.DataSource;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.config.SupersetConfig;
import superset.platform.config.WeeklyHours;
import superset.platform.database.Database;
import superset.platform.database.WriterParameter;
import superset.platform.dns.HealthCheck;
import superset.platform.dns.HostedZone;
import superset.platform.dns.LatencyRecords;
import superset.platform.dns.RegionRecord;
import superset.platform.edge.Certificate;
import superset.platform.edge.Fences;
import superset.platform.edge.LoadBalancer;
import superset.platform.edge.WebAcl;
import superset.platform.network.InterfaceEndpoints;
import superset.platform.network.Network;
import superset.platform.network.SecurityGroups;
import superset.platform.network.TransitRoutes;
import superset.platform.observability.Alarms;
import superset.platform.observability.ApplicationAlarms;
import superset.platform.observability.CacheAlarms;
import superset.platform.observability.CanaryAlarms;
import superset.platform.observability.CertificateAlarms;
import superset.platform.observability.Dashboard;
import superset.platform.observability.DatabaseAlarms;
import superset.platform.observability.LoadBalancerAlarms;
import superset.platform.observability.LogQueries;
import superset.platform.observability.ScheduleAlarms;
import superset.platform.observability.TaskEvents;
import superset.platform.observability.WebAlarms;
import superset.platform.observability.WorkerAlarms;
import superset.platform.operations.CanaryFunction;
import superset.platform.operations.FailoverFunctions;
import superset.platform.operations.Function;
import superset.platform.operations.InitFunction;
import superset.platform.operations.InitTask;
import superset.platform.operations.RunningHours;
import superset.platform.operations.SecretsFunction;
import superset.platform.operations.SnapshotFunction;
import superset.platform.security.Keys;
import superset.platform.security.SecretContainers;
import superset.platform.service.Cluster;
import superset.platform.service.Exports;
import superset.platform.service.SupersetServices;
import superset.platform.storage.Bucket;
import superset.platform.storage.LogsBucket;

/**
 * Superset in one region. Configures no other region's provider and reads no other stack's state:
 * what it needs of the writer region follows from names, so that it deploys while another region is
 * gone.
 */
public final class RegionStack extends PlatformStack {

  private final EnvironmentConfig environment;
  private final PlatformConfig platform;
  private final RegionConfig region;

  private final Keys keys;
  private final SecretContainers secrets;
  private final LogsBucket logs;
  private final Network network;
  private final SecurityGroups groups;
  private final WriterParameter writer;
  private final Database database;
  private final Optional<Cache> cache;
  private final Certificate certificate;
  private final LoadBalancer balancer;
  private final Optional<WebAcl> webAcl;
  private final Cluster cluster;
  private final SupersetServices services;
  private final Dashboard dashboard;

  public RegionStack(Construct scope, EnvironmentConfig environment, RegionConfig region) {
    super(scope, environment, region.region());
    this.environment = environment;
    this.platform = environment.platform();
    this.region = region;
    storeStateIn(region.region(), region.region());
    provider(region.region());

    this.keys = keys();
    this.secrets = secrets();
    this.logs = new LogsBucket(this, "logs", new LogsBucket.Props(region.region(), names()));
    this.network = network();
    this.groups = groups();
    transitRoutes();
    endpoints();
    this.writer = new WriterParameter(this, "writer", new WriterParameter.Props(names()));
    this.database = database();
    platform.backups().ifPresent(this::backups);
    this.cache = region.cache().map(this::cache);
    this.certificate = certificate();
    this.balancer = balancer();
    this.webAcl = region.waf().map(this::webAcl);
    record();
    this.cluster = cluster();
    this.services = services(secretsFunction());
    if (environment.regions().size() > 1) {
      failover();
    }
    platform.schedule().ifPresent(this::runningHours);
    platform.canary().ifPresent(this::canary);
    this.dashboard = dashboard();
    alarms();
    new LogQueries(this, "queries", new LogQueries.Props(services.logGroups(), names()));
    outputs();
    boundRoles();
  }

  private Keys keys() {
    List<Keys.Purpose> purposes =
        new ArrayList<>(
            List.of(
                Keys.Purpose.DATABASE,
                Keys.Purpose.CACHE,
                Keys.Purpose.LOGS,
                Keys.Purpose.SECRETS,
                Keys.Purpose.TASKS,
                Keys.Purpose.ALARMS));
    platform.backups().ifPresent(unused -> purposes.add(Keys.Purpose.BACKUPS));
    return new Keys(
        this, "keys", new Keys.Props(purposes, region.region(), Optional.empty(), names()));
  }

  private SecretContainers secrets() {
    return new SecretContainers(
        this,
        "secrets",
        new SecretContainers.Props(
            platform.canarySignsIn(),
            platform.signIn().oidc().isPresent(),
            platform.superset().email().isPresent(),
            region.dataSources().stream()
                .filter(DataSource::hasSecret)
                .map(DataSource::name)
                .toList(),
            keys.arn(Keys.Purpose.SECRETS),
            platform.disposable(),
            names()));
  }

  private Network network() {
    return new Network(
        this,
        "network",
        new Network.Props(
            region.region(),
            region.cidr(),
            region.zones(),
            region.network().nat(),
            environment.peersOf(region.region()).stream().map(RegionConfig::cidr).toList(),
            logs.flowLogsArn(),
            names()));
  }

  private SecurityGroups groups() {
    Map<String, Cidr> peers = new LinkedHashMap<>();
    environment.peersOf(region.region()).forEach(peer -> peers.put(peer.region(), peer.cidr()));
    return new SecurityGroups(
        this,
        "groups",
        new SecurityGroups.Props(
            network.vpcId(),
            network.s3PrefixListId(),
            region.hasCache(),
            websocket(),
            peers,
            region.dataSources(),
            region.network().egress(),
            platform.superset().email().map(SupersetConfig.Email::port),
            names()));
  }

  private void transitRoutes() {
    new TransitRoutes(
        this,
        "transit",
        new TransitRoutes.Props(
            network.vpcId(),
            network.privateSubnetIds(),
            network.privateRouteTableIds(),
            region.dataSources(),
            names()));
  }

  private void endpoints() {
    new InterfaceEndpoints(
        this,
        "endpoints",
        new InterfaceEndpoints.Props(
            region.region(),
            network.vpcId(),
            network.endpointSubnetIds(),
            groups.endpointsId(),
            region.exec(),
            platform.tracing().isPresent(),
            names()));
  }

  private Database database() {
    return new Database(
        this,
        "database",
        new Database.Props(
            region.database(),
            isWriter() ? Optional.empty() : Optional.of(names().databaseArn(platform.writer())),
            writer,
            platform.writer(),
            network.isolatedSubnetIds(),
            groups.databaseId(),
            keys.arn(Keys.Purpose.DATABASE),
            keys.arn(Keys.Purpose.LOGS),
            region.logs().retentionDays(),
            region.region(),
            platform.disposable(),
            platform.backups().map(unused -> snapshotFunction().taken()).stream().toList(),
            names()));
  }

  private SnapshotFunction snapshotFunction() {
    return new SnapshotFunction(
        this,
        "snapshot-function",
        new SnapshotFunction.Props(
            region.database().engineVersion(),
            region.database().instanceClass(),
            platform.superset().version(),
            functions()));
  }

  private Function.Region functions() {
    return new Function.Region(
        region.region(),
        keys.arn(Keys.Purpose.SECRETS),
        keys.arn(Keys.Purpose.LOGS),
        region.logs().retentionDays(),
        names());
  }

  /** What others copy into lies here too: a region stack configures no other region's provider. */
  private void backups(PlatformConfig.Backups config) {
    new DatabaseBackups(
        this,
        "backups",
        new DatabaseBackups.Props(
            config,
            database.arn(),
            region.database().backupWindow(),
            keys.arn(Keys.Purpose.BACKUPS),
            region.region(),
            environment.keeperOf(region.region()).map(RegionConfig::region),
            platform.schedule(),
            platform.timeZone(),
            names()));
    new Bucket(
        this,
        "exports",
        new Bucket.Props(
            names().bucket("exports", region.region()),
            Optional.of(keys.arn(Keys.Purpose.BACKUPS)),
            Optional.of(config.exportDays()),
            config.exportDays(),
            List.of(),
            Optional.empty()));
  }

  private Exports exports() {
    List<Exports.Place> places = new ArrayList<>();
    places.add(place(region));
    environment.keeperOf(region.region()).ifPresent(keeper -> places.add(place(keeper)));
    return new Exports(places, Keys.Purpose.BACKUPS.alias(names()));
  }

  private Exports.Place place(RegionConfig of) {
    return new Exports.Place(names().bucket("exports", of.region()), of.region());
  }

  private Cache cache(RegionConfig.Cache config) {
    return new Cache(
        this,
        "cache",
        new Cache.Props(
            config,
            network.isolatedSubnetIds(),
            groups.cacheId().orElseThrow(),
            keys.arn(Keys.Purpose.CACHE),
            names()));
  }

  private Certificate certificate() {
    return new Certificate(
        this,
        "certificate",
        new Certificate.Props(region.certificateArn(), platform.domain(), names()));
  }

  private LoadBalancer balancer() {
    return new LoadBalancer(
        this,
        "balancer",
        new LoadBalancer.Props(
            List.of(platform.domain(), regionHost()),
            network.vpcId(),
            network.publicSubnetIds(),
            groups.loadBalancerId(),
            certificate.arn(),
            logs.name(),
            logs.albPrefix(),
            region.edge().paths(),
            websocket(),
            region.timeouts(),
            platform.disposable(),
            names()));
  }

  private WebAcl webAcl(RegionConfig.Waf config) {
    return new WebAcl(
        this,
        "web-acl",
        new WebAcl.Props(
            config,
            balancer.arn(),
            keys.arn(Keys.Purpose.LOGS),
            region.logs().retentionDays(),
            region.region(),
            names()));
  }

  private void record() {
    if (!platform.hostedZone().inRoute53()) {
      return;
    }
    HostedZone zone =
        new HostedZone(
            this,
            "zone",
            new HostedZone.Props(
                platform.hostedZone().name(), false, platform.disposable(), names()));
    new RegionRecord(
        this,
        "record",
        new RegionRecord.Props(zone.zoneId(), regionHost(), balancer.dnsName(), balancer.zoneId()));
  }

  private Cluster cluster() {
    return new Cluster(
        this,
        "cluster",
        new Cluster.Props(
            network.vpcId(),
            keys.arn(Keys.Purpose.LOGS),
            keys.arn(Keys.Purpose.TASKS),
            region.logs().retentionDays(),
            names()));
  }

  private SecretsFunction secretsFunction() {
    Map<String, Integer> versions = new LinkedHashMap<>();
    PlatformConfig.SecretVersions wanted = platform.secrets();
    versions.put(names().secret(SecretContainers.DB_CREDENTIALS), wanted.dbCredentials());
    versions.put(names().secret(SecretContainers.SECRET_KEY), wanted.secretKey());
    versions.put(names().secret(SecretContainers.ADMIN), wanted.admin());
    if (platform.canarySignsIn()) {
      versions.put(names().secret(SecretContainers.CANARY), wanted.canary());
    }
    List<ITerraformDependable> after = new ArrayList<>(secrets.dependables());
    after.add(database.dependable());
    after.add(writer.dependable());
    return new SecretsFunction(
        this,
        "secrets-function",
        new SecretsFunction.Props(
            versions,
            functions(),
            environment.regions().stream().map(RegionConfig::region).toList(),
            platform.writer(),
            Database.USERNAME,
            platform.admin().username(),
            database.resourceId(),
            Keys.Purpose.SECRETS.alias(names()),
            after));
  }

  private SupersetServices services(SecretsFunction secretsFunction) {
    List<ITerraformDependable> after = new ArrayList<>(balancer.rules());
    after.add(secretsFunction.filled());
    return new SupersetServices(
        this,
        "services",
        new SupersetServices.Props(
            platform,
            region,
            environment.peersOf(region.region()).stream().map(RegionConfig::region).toList(),
            new SupersetServices.Placement(
                cluster, network.privateSubnetIds(), groups.webId(), groups.workerId()),
            new SupersetServices.Backends(
                database.host(),
                database.readReplicaHost(),
                Database.PORT,
                Database.NAME,
                names().writerParameter(),
                writer.arn(),
                cache.map(RegionStack::redis),
                platform.backups().map(unused -> exports())),
            supersetSecrets(),
            new SupersetServices.WebTarget(
                balancer.targetGroupArn(),
                balancer.arnSuffix() + "/" + balancer.targetGroupArnSuffix()),
            balancer
                .websocketTargetGroupArn()
                .map(
                    targets ->
                        new SupersetServices.Websocket(
                            groups.websocketId().orElseThrow(), targets)),
            after,
            this::initialized,
            names()));
  }

  /** With one region there is nothing to fence and nothing to promote. */
  private void failover() {
    List<String> regions = environment.regions().stream().map(RegionConfig::region).toList();
    Fences fences =
        new Fences(
            this,
            "fences",
            new Fences.Props(balancer.listenerArn(), regionHost(), regions, names()));
    new FailoverFunctions(
        this,
        "failover",
        new FailoverFunctions.Props(
            functions(),
            regions,
            platform.domain(),
            region.database().backupDays(),
            region.database().backupWindow(),
            fences.ruleArns(),
            HealthCheck.SECONDS_TO_NOTICE + LatencyRecords.TTL_SECONDS,
            services.names(),
            initTask(services.init())));
  }

  private InitTask initTask(SupersetServices.InitTask task) {
    return new InitTask(
        task.arn(),
        task.arns(),
        task.roleArns(),
        task.log().getName(),
        task.log().getArn(),
        task.logStreamPrefix(),
        cluster.arn(),
        network.privateSubnetIds(),
        task.securityGroupId(),
        region.region(),
        names());
  }

  private ITerraformDependable initialized(SupersetServices.InitTask task) {
    platform.backups().ifPresent(unused -> exportSchedule(task));
    return new InitFunction(
            this,
            "init-function",
            new InitFunction.Props(initTask(task), functions(), task.after()))
        .done();
  }

  private void exportSchedule(SupersetServices.InitTask task) {
    new ExportSchedule(
        this,
        "export-schedule",
        new ExportSchedule.Props(
            cluster.arn(),
            task.arn(),
            task.arns(),
            task.roleArns(),
            task.container(),
            network.privateSubnetIds(),
            task.securityGroupId(),
            platform.schedule(),
            platform.timeZone(),
            region.region(),
            names()));
  }

  private void runningHours(WeeklyHours hours) {
    new RunningHours(
        this,
        "running-hours",
        new RunningHours.Props(
            hours,
            platform.timeZone(),
            cluster.name(),
            services.running().stream().map(RegionStack::stopped).toList(),
            database.identifier(),
            database.arn(),
            region.region(),
            names()));
  }

  private static RunningHours.Service stopped(SupersetServices.Running service) {
    return new RunningHours.Service(
        service.kind(),
        service.name(),
        service.tasks(),
        service.range().map(range -> new RunningHours.Range(range.arn(), range.tasks())));
  }

  private SupersetServices.Secrets supersetSecrets() {
    Map<String, String> dataSources = new LinkedHashMap<>();
    for (DataSource source : region.dataSources()) {
      secrets
          .find(SecretContainers.dataSource(source.name()))
          .ifPresent(arn -> dataSources.put(source.name(), arn));
    }
    return new SupersetServices.Secrets(
        secrets.arn(SecretContainers.DB_CREDENTIALS),
        secrets.arn(SecretContainers.SECRET_KEY),
        secrets.arn(SecretContainers.ADMIN),
        secrets.find(SecretContainers.CANARY),
        secrets.find(SecretContainers.SIGN_IN),
        secrets.find(SecretContainers.EMAIL),
        dataSources,
        keys.arn(Keys.Purpose.SECRETS),
        keys.arn(Keys.Purpose.LOGS));
  }

  private static SupersetServices.Redis redis(Cache cache) {
    return new SupersetServices.Redis(
        cache.host(),
        Cache.PORT,
        Cache.KEY_PREFIX,
        cache.userName(),
        cache.groupId(),
        cache.connectArns());
  }

  private void canary(PlatformConfig.Canary canary) {
    new CanaryFunction(
        this,
        "canary",
        new CanaryFunction.Props(
            canary.minutes(),
            "https://" + regionHost(),
            secrets.find(SecretContainers.CANARY),
            functions()));
  }

  private Dashboard dashboard() {
    return new Dashboard(
        this,
        "dashboard",
        new Dashboard.Props(
            region.region(),
            cluster.name(),
            services.webName(),
            services.workerName(),
            balancer.arnSuffix(),
            balancer.targetGroupArnSuffix(),
            database.identifier(),
            environment.regions().size() > 1,
            cache.map(Cache::nodeIds).orElse(List.of()),
            network.natGatewayIds(),
            webAcl.map(WebAcl::name),
            platform.canary().isPresent(),
            platform.objectives(),
            names()));
  }

  private void alarms() {
    RegionConfig.Database sizes = region.database();
    new Alarms(
        this,
        "alarms",
        new Alarms.Props(
            new WebAlarms.Props(
                cluster.name(),
                services.webName(),
                region.web().tasks().min(),
                balancer.targetGroupArnSuffix(),
                balancer.arnSuffix()),
            new LoadBalancerAlarms.Props(balancer.arnSuffix()),
            new CertificateAlarms.Props(certificate.arn()),
            new DatabaseAlarms.Props(
                database.identifier(),
                sizes.maxConnections(),
                sizes.initialStorageGb(),
                platform.replicas().maxLag(),
                sizes.instanceClass().startsWith("db.t"),
                environment.regions().size() > 1),
            services
                .workerName()
                .flatMap(
                    worker ->
                        services
                            .beatName()
                            .map(beat -> new WorkerAlarms.Props(cluster.name(), worker, beat))),
            new CacheAlarms.Props(cache.map(Cache::nodeIds).orElse(List.of())),
            new ApplicationAlarms.Props(services.workerName().isPresent()),
            scheduleAlarms(),
            new TaskEvents.Props(
                cluster.arn(),
                platform.backups().map(unused -> ExportSchedule.COMMAND).orElse(List.of())),
            services.logGroups(),
            platform.canary().map(canary -> new CanaryAlarms.Props(canary.minutes())),
            network.natGatewayIds(),
            keys.arn(Keys.Purpose.ALARMS),
            platform.alerts().email(),
            region.region(),
            names()));
  }

  private Optional<ScheduleAlarms.Props> scheduleAlarms() {
    if (platform.backups().isEmpty() && platform.schedule().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ScheduleAlarms.Props(
            Scheduler.GROUP,
            platform
                .schedule()
                .map(unused -> new ScheduleAlarms.Service(cluster.name(), services.webName()))));
  }

  private void outputs() {
    output("url", "https://" + platform.domain(), "Superset, in the region nearest to the user");
    output("region_url", "https://" + regionHost(), "Superset in this region");
    output(RegionOutputs.ALB_DNS_NAME, balancer.dnsName(), "Load balancer's own name");
    output(RegionOutputs.ALB_ZONE_ID, balancer.zoneId(), "Hosted zone of that name");
    output(
        RegionOutputs.ALB_ARN_SUFFIX, balancer.arnSuffix(), "Load balancer as CloudWatch names it");
    output(RegionOutputs.VPC_ID, network.vpcId(), "VPC");
    output(
        RegionOutputs.PRIVATE_ROUTE_TABLE_IDS,
        network.privateRouteTableIds(),
        "Route tables of the tasks' subnets, one per zone");
    output(
        RegionOutputs.ISOLATED_ROUTE_TABLE_ID,
        network.isolatedRouteTableId(),
        "Route table of the database's subnets");
    output("cluster_name", cluster.name(), "ECS cluster");
    output("web_service_name", services.webName(), "ECS service behind the load balancer");
    output("worker_service_name", services.workerName().orElse(""), "Empty without Redis");
    output("beat_service_name", services.beatName().orElse(""), "Empty without Redis");
    output("database_endpoint", database.host(), "The region's own database");
    output("database_arn", database.arn(), "The region's own database");
    output("redis_endpoint", cache.map(Cache::host).orElse(""), "Empty without Redis");
    output("secret_arns", secrets.arns(), "Secrets of Superset");
    output("dashboard_url", dashboard.url(), "CloudWatch dashboard of this region");
    output("exec_command", execCommand(), "A shell in a web task; set TASK first");
  }

  private String execCommand() {
    return region.exec()
        ? "aws ecs execute-command --region %s --cluster %s --task \"$TASK\" --container superset --interactive --command /bin/bash"
            .formatted(region.region(), names().platform())
        : "";
  }

  /** What workers finish is announced; without Redis there are none. */
  private boolean websocket() {
    return platform.superset().websocket() && region.hasCache();
  }

  private boolean isWriter() {
    return region.region().equals(platform.writer());
  }

  private String regionHost() {
    return region.region() + "." + platform.domain();
  }
}
