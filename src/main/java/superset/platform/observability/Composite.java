package superset.platform.observability;

import java.util.List;
import java.util.Optional;
import superset.platform.observability.Alarm.Severity;

/**
 * Alarms that one cause raises together, told once: raised while any of them is.
 *
 * @param name last part of the alarm's name, and its heading in docs/runbooks/alarms.md
 * @param severity how soon somebody has to look
 * @param description what is the case then
 * @param parts names of the alarms, of nodes without their number
 * @param suppressor name of another one, or of an alarm, that, while it is raised, is the reason
 *     for this one, so that nobody is told of this one; absent, or not there: none
 */
record Composite(
    String name,
    Severity severity,
    String description,
    List<String> parts,
    Optional<String> suppressor) {

  /** One that suppresses others comes before them. */
  static final List<Composite> ALL =
      List.of(
          new Composite(
              "outage",
              Severity.PAGE,
              "People cannot work with Superset",
              List.of(
                  "balancer-errors",
                  "canary",
                  "database-connections",
                  "database-gone",
                  "errors",
                  "web-healthy-tasks",
                  "web-tasks"),
              Optional.of(ScheduleAlarms.STOPPED)),
          new Composite(
              "jobs",
              Severity.PAGE,
              "SQL Lab, reports and thumbnails wait",
              List.of("beat-tasks", "queue-age", "worker-tasks"),
              Optional.of("outage")),
          new Composite(
              "slow",
              Severity.NOTIFY,
              "People wait for answers",
              List.of("database-cpu", "response-time", "response-time-p95"),
              Optional.of("outage")),
          new Composite(
              "error-lines",
              Severity.NOTIFY,
              "Services log many errors",
              List.of("error-lines-beat", "error-lines-web", "error-lines-worker"),
              Optional.of("outage")),
          new Composite(
              "redis",
              Severity.NOTIFY,
              "Redis is at a limit, or a node of it is gone",
              List.of("cache-cpu", "cache-lag", "cache-memory"),
              Optional.empty()));

  Composite {
    parts = List.copyOf(parts);
  }

  boolean covers(Alarm alarm) {
    return parts.contains(alarm.name().replaceFirst("-[0-9]+$", ""));
  }
}
