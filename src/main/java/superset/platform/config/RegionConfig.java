package superset.platform.config;

import java.util.List;
import java.util.Optional;

/**
 * One region: {@code regions/ENVIRONMENT/REGION.yaml} laid over the defaults of {@code
 * platform.yaml}.
 *
 * @param region AWS region name
 * @param cidr address block of the VPC, prefix length 16 to 20
 * @param zones 2 or 3 availability zones of the region; append only, the order fixes the subnets
 * @param certificateArn certificate to use instead of one made and validated here
 * @param cache Redis; absent: no Redis, no worker, no beat
 * @param waf AWS WAF before the load balancer; absent: none
 * @param exec whether ECS Exec is possible
 */
public record RegionConfig(
    String region,
    Cidr cidr,
    List<String> zones,
    Optional<String> certificateArn,
    Network network,
    Web web,
    Worker worker,
    TaskSize beat,
    TaskSize init,
    Database database,
    Optional<Cache> cache,
    Edge edge,
    Optional<Waf> waf,
    Timeouts timeouts,
    Logs logs,
    boolean exec,
    List<DataSource> dataSources) {

  public RegionConfig {
    zones = List.copyOf(zones);
    dataSources = List.copyOf(dataSources);
  }

  /**
   * @param nat one NAT gateway per zone, or a single one
   * @param egress blocks and prefix lists that the tasks may reach on 443; empty: any address
   */
  public record Network(Nat nat, List<String> egress) {
    public Network {
      egress = List.copyOf(egress);
    }

    /** NAT gateways of a region. */
    public enum Nat {
      /** One in each zone: losing a zone takes no other zone's egress away. */
      PER_ZONE,
      /** One for all zones: cheaper, for environments that may lose their egress with a zone. */
      SINGLE
    }
  }

  /**
   * Fargate task size.
   *
   * @param cpu CPU units, 1024 per vCPU
   * @param memory MiB
   */
  public record TaskSize(int cpu, int memory) {}

  /** Number of tasks that autoscaling moves between; {@code desired} is the number at creation. */
  public record Tasks(int min, int desired, int max) {}

  /**
   * Other bounds than those of {@link Tasks}, for some hours.
   *
   * @param min tasks that run at least
   * @param max tasks that run at most, not more than {@code tasks.max}
   */
  public record ScheduledTasks(WeeklyHours hours, int min, int max) {}

  /**
   * The web service (gunicorn).
   *
   * @param size size of one task
   * @param tasks number of tasks
   * @param processes gunicorn worker processes per task
   * @param threads threads per process
   * @param spot how tasks spread over on-demand and Spot capacity
   * @param cpuTarget average CPU utilization that scaling aims for, percent
   * @param memoryTarget average memory utilization that scaling aims for, percent
   * @param requestTarget requests of a minute to each task that scaling aims for
   * @param schedule hours with other numbers of tasks
   */
  public record Web(
      TaskSize size,
      Tasks tasks,
      int processes,
      int threads,
      Spread spot,
      int cpuTarget,
      int memoryTarget,
      int requestTarget,
      List<ScheduledTasks> schedule) {
    public Web {
      schedule = List.copyOf(schedule);
    }
  }

  /**
   * The Celery workers.
   *
   * @param processes Celery pool processes per task
   * @param spot how tasks spread over on-demand and Spot capacity
   * @param cpuTarget average CPU utilization that scaling aims for, percent
   * @param backlogTarget waiting tasks of Celery for each running worker that scaling aims for
   * @param schedule hours with other numbers of tasks
   */
  public record Worker(
      TaskSize size,
      Tasks tasks,
      int processes,
      Spread spot,
      int cpuTarget,
      int backlogTarget,
      List<ScheduledTasks> schedule) {
    public Worker {
      schedule = List.copyOf(schedule);
    }
  }

  /**
   * Capacity providers of a service.
   *
   * @param base tasks that always run on FARGATE
   * @param onDemandWeight share of the further tasks on FARGATE
   * @param spotWeight share of the further tasks on FARGATE_SPOT; 0: none
   */
  public record Spread(int base, int onDemandWeight, int spotWeight) {}

  /**
   * The metadata database.
   *
   * @param instanceClass such as {@code db.r6g.large}
   * @param engineVersion PostgreSQL version, major or major.minor
   * @param initialStorageGb storage at creation, GiB
   * @param maxStorageGb bound of storage autoscaling, GiB
   * @param iops provisioned IOPS of gp3; absent: the baseline
   * @param throughput MiB/s of gp3; absent: the baseline
   * @param readReplica whether the writer region reads from a replica in the region
   * @param backupDays days of point-in-time recovery, 1 to 35
   * @param backupWindow UTC, {@code hh:mm-hh:mm}
   * @param maintenanceWindow UTC, {@code ddd:hh:mm-ddd:hh:mm}
   * @param maxConnections PostgreSQL's {@code max_connections}
   * @param audit classes of statements that pgAudit logs; empty: it is off
   * @param pool SQLAlchemy pool of each process
   */
  public record Database(
      String instanceClass,
      String engineVersion,
      int initialStorageGb,
      int maxStorageGb,
      Optional<Integer> iops,
      Optional<Integer> throughput,
      boolean multiAz,
      boolean readReplica,
      int backupDays,
      String backupWindow,
      String maintenanceWindow,
      int maxConnections,
      List<String> audit,
      Pool pool) {

    public Database {
      audit = List.copyOf(audit);
    }

    /**
     * @param size connections kept
     * @param overflow connections beyond that under load
     * @param timeout seconds to wait for a connection
     */
    public record Pool(int size, int overflow, int timeout) {}

    /** Major version of the engine, such as {@code 15}. */
    public String majorVersion() {
      return engineVersion.split("\\.")[0];
    }
  }

  /**
   * Redis.
   *
   * @param nodes 1 to 6; 2 or more: automatic failover and Multi-AZ
   * @param snapshotDays days that daily snapshots are kept, 0 to 35
   */
  public record Cache(String nodeType, int nodes, String engineVersion, int snapshotDays) {}

  /**
   * The load balancer.
   *
   * @param paths path patterns that are forwarded to Superset, at most 4; the rest answers 404
   */
  public record Edge(List<String> paths) {
    public Edge {
      paths = List.copyOf(paths);
    }
  }

  /**
   * AWS WAF.
   *
   * @param counts whether rules only count what they would block
   * @param hosts host names that are answered; empty: the load balancer decides
   * @param countries ISO 3166 codes of the countries that requests may come from; empty: all
   * @param requests requests of a client address in five minutes
   * @param logins of these, to where passwords are tried
   * @param hostingProviders whether requests may come from clouds and hosting providers
   */
  public record Waf(
      boolean counts,
      List<String> hosts,
      List<String> countries,
      int requests,
      int logins,
      boolean hostingProviders) {
    public Waf {
      hosts = List.copyOf(hosts);
      countries = List.copyOf(countries);
    }
  }

  /**
   * The timeout chain, seconds: query &lt;= gunicorn &lt;= webserver &lt; idle &lt; keepalive.
   *
   * @param query longest query ({@code SQLLAB_TIMEOUT})
   * @param gunicorn longest request ({@code gunicorn --timeout})
   * @param webserver {@code SUPERSET_WEBSERVER_TIMEOUT}, what the browser waits for
   * @param idle idle timeout of the load balancer
   * @param keepalive {@code gunicorn --keep-alive}
   * @param deregistration seconds that a leaving task keeps its open requests
   * @param stop seconds between SIGTERM and SIGKILL, at most 120 on Fargate
   */
  public record Timeouts(
      int query,
      int gunicorn,
      int webserver,
      int idle,
      int keepalive,
      int deregistration,
      int stop) {}

  /**
   * @param retentionDays a retention that CloudWatch Logs offers
   */
  public record Logs(int retentionDays) {}

  /** Whether the region has Redis, and with it workers, beat and asynchronous queries. */
  public boolean hasCache() {
    return cache.isPresent();
  }
}
