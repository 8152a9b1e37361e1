package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on each node of Redis. Evictions are not among them: a cache that is full evicts. */
public final class CacheAlarms {

  /**
   * @param nodes ids, in their order; empty: no Redis
   */
  public record Props(List<String> nodes) {
    public Props {
      nodes = List.copyOf(nodes);
    }
  }

  private CacheAlarms() {}

  static List<Alarm> of(Props cache) {
    List<Alarm> alarms = new ArrayList<>();
    for (int node = 0; node < cache.nodes().size(); node++) {
      List<String> dimensions = List.of("CacheClusterId", cache.nodes().get(node));
      String which = "-" + (node + 1);
      alarms.add(
          new Alarm(
              "cache-cpu" + which,
              Severity.NOTIFY,
              "Redis uses 80 % of its one core or more",
              Metric.of("AWS/ElastiCache", "EngineCPUUtilization", "Average", dimensions),
              300,
              3,
              Bound.atLeast(80),
              Missing.BREACHING));
      alarms.add(
          new Alarm(
              "cache-memory" + which,
              Severity.NOTIFY,
              "Redis is 90 % full: what expires is evicted, and then jobs are refused",
              Metric.of("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "Maximum", dimensions),
              300,
              2,
              Bound.atLeast(90),
              Missing.BREACHING));
      // Reported by whichever node is the copy.
      if (cache.nodes().size() > 1) {
        alarms.add(
            new Alarm(
                "cache-lag" + which,
                Severity.NOTIFY,
                "A copy of Redis is 10 seconds behind: a failover would lose as much",
                Metric.of("AWS/ElastiCache", "ReplicationLag", "Minimum", dimensions),
                60,
                5,
                Bound.atLeast(10),
                Missing.NOT_BREACHING));
      }
    }
    return alarms;
  }
}
