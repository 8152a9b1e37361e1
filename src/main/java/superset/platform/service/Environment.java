package superset.platform.service;

import static superset.platform.service.Kinds.ALL;
import static superset.platform.service.Kinds.INIT;
import static superset.platform.service.Kinds.SUPERSET;
import static superset.platform.service.Kinds.TRACED;
import static superset.platform.service.Kinds.WEB;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import superset.platform.aws.Json;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;
import superset.platform.config.RegionConfig;
import superset.platform.config.SupersetConfig;
import superset.platform.service.SupersetServices.Backends;
import superset.platform.service.SupersetServices.Redis;
import superset.platform.service.SupersetServices.Secrets;

/**
 * What the containers are told, as {@code superset_aws/variables.json} declares it. Nothing secret:
 * secrets are injected, or named here and read when they are needed.
 */
final class Environment {

  /**
   * One variable.
   *
   * @param kinds tasks that get it
   */
  private record Variable(String name, Set<Task.Kind> kinds, String value) {}

  private final List<Variable> variables = new ArrayList<>();

  Environment(
      PlatformConfig platform,
      RegionConfig region,
      List<String> otherRegions,
      Backends backends,
      Secrets secrets,
      boolean websocket,
      Names names) {
    place(platform, region, names);
    versions(platform);
    metadata(region.database(), backends, secrets);
    replicas(platform, region.region(), otherRegions);
    server(region);
    backends.redis().ifPresent(redis -> redis(redis, region));
    behaviour(platform.superset(), websocket);
    access(platform, secrets);
    set(TRACED, "TRACING", platform.tracing().map(Documents::tracing));
    set(Set.of(INIT), "EXPORTS", backends.exports().map(Documents::exports));
    set(SUPERSET, "DATA_SOURCES", Documents.dataSources(region, secrets.dataSourceArns()));
  }

  /** Name to value of what a kind of task is told. */
  SortedMap<String, String> of(Task.Kind kind) {
    SortedMap<String, String> told = new TreeMap<>();
    variables.stream()
        .filter(variable -> variable.kinds().contains(kind))
        .forEach(variable -> told.put(variable.name(), variable.value()));
    return told;
  }

  private void place(PlatformConfig platform, RegionConfig region, Names names) {
    set(ALL, "SUPERSET_ENV", names.label());
    set(ALL, "SUPERSET_VERSION", platform.superset().version());
    set(ALL, "SUPERSET_REGION", region.region());
    set(ALL, "SUPERSET_DOMAIN", platform.domain());
  }

  /** An injected secret is read when a task starts: a number that changes makes tasks start. */
  private void versions(PlatformConfig platform) {
    set(ALL, "SUPERSET_SECRET_KEY_VERSION", platform.secrets().secretKey());
    set(Set.of(INIT), "ADMIN_VERSION", platform.secrets().admin());
    if (platform.canarySignsIn()) {
      set(Set.of(INIT), "CANARY_VERSION", platform.secrets().canary());
    }
  }

  private void metadata(RegionConfig.Database database, Backends backends, Secrets secrets) {
    RegionConfig.Database.Pool pool = database.pool();
    set(SUPERSET, "DATABASE_HOST", backends.databaseHost());
    set(Set.of(WEB), "DATABASE_REPLICA_HOST", backends.databaseReplicaHost());
    set(SUPERSET, "DATABASE_PORT", backends.databasePort());
    set(SUPERSET, "DATABASE_NAME", backends.databaseName());
    set(SUPERSET, "DATABASE_SECRET", secrets.dbCredentialsArn());
    set(Set.of(INIT), "DATABASE_AUDIT", !database.audit().isEmpty());
    set(SUPERSET, "DATABASE_POOL_SIZE", pool.size());
    set(SUPERSET, "DATABASE_POOL_OVERFLOW", pool.overflow());
    set(SUPERSET, "DATABASE_POOL_TIMEOUT", pool.timeout());
    set(SUPERSET, "WRITER_PARAMETER", backends.writerParameterName());
  }

  private void replicas(PlatformConfig platform, String region, List<String> otherRegions) {
    PlatformConfig.Replicas replicas = platform.replicas();
    set(Set.of(WEB), "MAX_REPLICA_LAG", replicas.maxLag());
    set(SUPERSET, "FENCES", Documents.fences(platform.domain(), region, otherRegions));
    set(SUPERSET, "STOP_WRITES_WHEN_ISOLATED", replicas.stopWritesWhenIsolated());
  }

  private void server(RegionConfig region) {
    set(SUPERSET, "QUERY_TIMEOUT", region.timeouts().query());
    set(SUPERSET, "WEBSERVER_TIMEOUT", region.timeouts().webserver());
    set(SUPERSET, "GUNICORN_TIMEOUT", region.timeouts().gunicorn());
    set(SUPERSET, "GUNICORN_KEEPALIVE", region.timeouts().keepalive());
    set(SUPERSET, "GUNICORN_PROCESSES", region.web().processes());
    set(SUPERSET, "GUNICORN_THREADS", region.web().threads());
  }

  private void redis(Redis redis, RegionConfig region) {
    set(ALL, "REDIS_HOST", redis.host());
    set(ALL, "REDIS_PORT", redis.port());
    set(ALL, "REDIS_KEY_PREFIX", redis.keyPrefix());
    set(ALL, "REDIS_USER", redis.userName());
    set(ALL, "REDIS_GROUP", redis.groupId());
    set(SUPERSET, "CELERY_PROCESSES", region.worker().processes());
  }

  private void behaviour(SupersetConfig superset, boolean websocket) {
    set(SUPERSET, "FEATURE_FLAGS", superset.featureFlags());
    set(SUPERSET, "CACHE_TIMEOUT", superset.cache().timeout());
    set(Set.of(INIT), "DASHBOARD_CACHE", superset.cache().dashboards());
    set(SUPERSET, "ROW_LIMITS", Documents.rows(superset.rows()));
    set(SUPERSET, "RATE_LIMIT", superset.rateLimit() + " per second");
    set(ALL, "LOG_LEVEL", superset.logLevel());
    set(SUPERSET, "EVENT_LOG_DAYS", superset.eventLogDays());
    set(SUPERSET, "QUERY_COMMENTS", superset.queryComments());
    set(SUPERSET, "BRANDING", superset.branding().map(Documents::branding));
    set(SUPERSET, "EMBEDDING", Documents.embedding(superset.embeddingDomains()));
    set(SUPERSET, "EMAIL", superset.email().map(Documents::email));
    set(Set.of(INIT), "EXAMPLES", superset.examples());
    set(SUPERSET, "WEBSOCKET", websocket);
  }

  private void access(PlatformConfig platform, Secrets secrets) {
    set(SUPERSET, "SIGN_IN", Documents.signIn(platform.signIn()));
    set(SUPERSET, "SIGN_IN_SECRET", secrets.signInArn());
    set(SUPERSET, "EMAIL_SECRET", secrets.emailArn());
    set(SUPERSET, "TEAMS", Documents.teams(platform.access().teams()));
    set(
        Set.of(INIT),
        "ROW_LEVEL_SECURITY",
        Documents.rowFilters(platform.access().rowLevelSecurity()));
    set(Set.of(INIT), "ADMIN_USERNAME", platform.admin().username());
    set(Set.of(INIT), "ADMIN_EMAIL", platform.admin().email());
  }

  /**
   * A variable, unless there is nothing to tell.
   *
   * @param value maps and lists become JSON; absent, false and empty ones are left out
   */
  private void set(Set<Task.Kind> kinds, String name, Object value) {
    if (value instanceof Optional<?> optional) {
      optional.ifPresent(present -> set(kinds, name, present));
    } else if (value instanceof Map<?, ?> || value instanceof Collection<?>) {
      String json = Json.of(value);
      if (!json.equals("{}") && !json.equals("[]")) {
        variables.add(new Variable(name, kinds, json));
      }
    } else if (!value.equals(false)) {
      variables.add(new Variable(name, kinds, value.toString()));
    }
  }
}
