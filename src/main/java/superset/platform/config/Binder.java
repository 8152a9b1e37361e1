package superset.platform.config;

import java.util.List;
import java.util.Optional;
import superset.platform.config.PlatformConfig.HostedZone;
import superset.platform.config.RegionConfig.ScheduledTasks;
import superset.platform.config.RegionConfig.Spread;
import superset.platform.config.RegionConfig.TaskSize;
import superset.platform.config.RegionConfig.Tasks;

/** Makes records of settings that were found to be without mistakes. */
final class Binder {

  /**
   * Requests a minute that a vCPU answers with 40 % of it to spare: 60 % of the loads of a
   * dashboard in a CPU second at saturation, of 17 requests each (docs/benchmarks.md, "One web
   * task").
   */
  private static final int REQUESTS_PER_VCPU = 2_400;

  private Binder() {}

  static EnvironmentConfig environment(Draft draft) {
    return new EnvironmentConfig(
        draft.name(),
        platform(draft.platform()),
        draft.regions().stream().map(region -> region(region.name(), region.settings())).toList());
  }

  private static PlatformConfig platform(Settings of) {
    return new PlatformConfig(
        of.text("account"),
        of.text("owner"),
        of.text("cost_center"),
        of.flag("disposable"),
        of.text("domain"),
        new HostedZone(
            of.text("hosted_zone.name"),
            switch (of.text("hosted_zone.mode")) {
              case "create" -> HostedZone.Mode.CREATE;
              case "existing" -> HostedZone.Mode.EXISTING;
              default -> HostedZone.Mode.EXTERNAL;
            }),
        of.text("writer"),
        of.text("state_region"),
        of.text("time_zone"),
        of.has("schedule") ? Optional.of(runningHours(of)) : Optional.empty(),
        of.optionalInteger("budget.monthly_usd")
            .map(
                usd ->
                    new PlatformConfig.Budget(
                        usd, of.integers("budget.alert_at"), of.flag("budget.forecast"))),
        SupersetBinder.superset(of),
        SupersetBinder.signIn(of),
        SupersetBinder.access(of),
        new PlatformConfig.Admin(of.text("admin.username"), of.text("admin.email")),
        new PlatformConfig.SecretVersions(
            of.integer("secrets.db_credentials"),
            of.integer("secrets.secret_key"),
            of.integer("secrets.admin"),
            of.integer("secrets.canary")),
        new PlatformConfig.Replicas(
            of.integer("replicas.max_lag"), of.flag("replicas.stop_writes_when_isolated")),
        new PlatformConfig.Alerts(
            of.texts("alerts.email"),
            of.optionalText("alerts.slack.workspace")
                .map(
                    workspace ->
                        new PlatformConfig.Slack(workspace, of.text("alerts.slack.channel")))),
        new PlatformConfig.Objectives(
            of.decimal("objectives.availability"),
            of.integer("objectives.dashboard_ms"),
            of.decimal("objectives.dashboard_percent")),
        of.has("tracing")
            ? Optional.of(new PlatformConfig.Tracing(of.decimal("tracing.sample")))
            : Optional.empty(),
        of.optionalInteger("canary.minutes").map(PlatformConfig.Canary::new),
        of.flag("disposable") ? Optional.empty() : Optional.of(backups(of)),
        of.optionalInteger("audit.keep_days").map(PlatformConfig.Audit::new),
        of.optionalText("ci.repository")
            .map(repository -> new PlatformConfig.Ci(repository, of.text("ci.branch"))),
        new PlatformConfig.Identity(
            of.optionalText("identity.permissions_boundary"),
            of.textsOrNone("identity.break_glass")));
  }

  private static PlatformConfig.Backups backups(Settings of) {
    return new PlatformConfig.Backups(
        of.integer("backups.keep_days"),
        of.integer("backups.export_days"),
        of.optionalInteger("backups.lock.min_days")
            .map(
                least ->
                    new PlatformConfig.Backups.Lock(
                        least,
                        of.optionalInteger("backups.lock.max_days"),
                        of.optionalInteger("backups.lock.changeable_days"))));
  }

  private static RegionConfig region(String name, Settings of) {
    return new RegionConfig(
        name,
        Cidr.parse(of.text("cidr")),
        of.texts("zones"),
        of.optionalText("certificate_arn"),
        new RegionConfig.Network(
            of.text("network.nat").equals("single")
                ? RegionConfig.Network.Nat.SINGLE
                : RegionConfig.Network.Nat.PER_ZONE,
            of.textsOrNone("network.egress")),
        new RegionConfig.Web(
            size(of, "web"),
            tasks(of, "web"),
            of.integer("web.processes"),
            of.integer("web.threads"),
            spread(of, "web"),
            of.integer("web.cpu_target"),
            of.integer("web.memory_target"),
            of.optionalInteger("web.request_target")
                .orElse(REQUESTS_PER_VCPU * of.integer("web.cpu") / 1024),
            schedule(of, "web")),
        new RegionConfig.Worker(
            size(of, "worker"),
            tasks(of, "worker"),
            of.integer("worker.processes"),
            spread(of, "worker"),
            of.integer("worker.cpu_target"),
            of.integer("worker.backlog_target"),
            schedule(of, "worker")),
        size(of, "beat"),
        size(of, "init"),
        database(of),
        of.optionalText("cache.node_type")
            .map(
                nodeType ->
                    new RegionConfig.Cache(
                        nodeType,
                        of.integer("cache.nodes"),
                        of.text("cache.version"),
                        of.integer("cache.snapshot_days"))),
        new RegionConfig.Edge(of.texts("edge.paths")),
        of.optionalText("waf.mode")
            .map(
                mode ->
                    new RegionConfig.Waf(
                        mode.equals("count"),
                        of.textsOrNone("waf.hosts"),
                        of.textsOrNone("waf.countries"),
                        of.integer("waf.requests"),
                        of.integer("waf.logins"),
                        of.flag("waf.hosting_providers"))),
        new RegionConfig.Timeouts(
            of.integer("timeouts.query"),
            of.integer("timeouts.gunicorn"),
            of.integer("timeouts.webserver"),
            of.integer("timeouts.idle"),
            of.integer("timeouts.keepalive"),
            of.integer("timeouts.deregistration"),
            of.integer("timeouts.stop")),
        new RegionConfig.Logs(of.integer("logs.retention_days")),
        of.flag("exec"),
        of.sections("data_sources").stream().map(SupersetBinder::dataSource).toList());
  }

  private static RegionConfig.Database database(Settings of) {
    return new RegionConfig.Database(
        of.text("database.class"),
        of.text("database.version"),
        of.integer("database.storage_gb.initial"),
        of.integer("database.storage_gb.max"),
        of.optionalInteger("database.iops"),
        of.optionalInteger("database.throughput"),
        of.flag("database.multi_az"),
        of.flag("database.read_replica"),
        of.integer("database.backup_days"),
        of.text("database.backup_window"),
        of.text("database.maintenance_window"),
        maxConnections(of),
        of.texts("database.audit"),
        new RegionConfig.Database.Pool(
            of.integer("database.pool.size"),
            of.integer("database.pool.overflow"),
            of.integer("database.pool.timeout")));
  }

  /** What is written, or else what RDS allows for the class. */
  static int maxConnections(Settings of) {
    return of.optionalInteger("database.max_connections")
        .or(() -> DatabaseClass.find(of.text("database.class")).map(DatabaseClass::maxConnections))
        .orElseThrow(Settings.Unknown::new);
  }

  static TaskSize size(Settings of, String service) {
    return new TaskSize(of.integer(service + ".cpu"), of.integer(service + ".memory"));
  }

  static Tasks tasks(Settings of, String service) {
    int min = of.integer(service + ".tasks.min");
    return new Tasks(
        min,
        of.optionalInteger(service + ".tasks.desired").orElse(min),
        of.integer(service + ".tasks.max"));
  }

  private static List<ScheduledTasks> schedule(Settings of, String service) {
    return of.sections(service + ".schedule").stream()
        .map(item -> new ScheduledTasks(hours(item), item.integer("min"), item.integer("max")))
        .toList();
  }

  static WeeklyHours runningHours(Settings of) {
    return WeeklyHours.parse(
        of.text("schedule.days"), of.text("schedule.start"), of.text("schedule.stop"));
  }

  static WeeklyHours hours(Settings of) {
    return WeeklyHours.parse(of.text("days"), of.text("from"), of.text("to"));
  }

  /** {@code true}: one task on demand and the rest on Spot; {@code false}: all on demand. */
  static Spread spread(Settings of, String service) {
    String spot = service + ".spot";
    if (of.isSection(spot)) {
      return new Spread(
          of.integer(spot + ".base"), of.integer(spot + ".on_demand"), of.integer(spot + ".spot"));
    }
    return of.flag(spot) ? new Spread(1, 0, 1) : new Spread(0, 1, 0);
  }
}
