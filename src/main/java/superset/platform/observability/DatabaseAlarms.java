package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on the region's database, in whichever role it is. */
public final class DatabaseAlarms {

  private static final double GIB = 1024.0 * 1024 * 1024;

  /**
   * @param identifier RDS identifier
   * @param maxConnections PostgreSQL's
   * @param storageGb storage at creation, GiB
   * @param maxLag seconds after which a replica is not read
   * @param burstable whether the class earns CPU credits
   * @param replicated whether it is, or may become, a replica
   */
  public record Props(
      String identifier,
      int maxConnections,
      int storageGb,
      int maxLag,
      boolean burstable,
      boolean replicated) {}

  private DatabaseAlarms() {}

  static List<Alarm> of(Props database) {
    List<String> instance = List.of("DBInstanceIdentifier", database.identifier());
    List<Alarm> alarms = new ArrayList<>();
    alarms.add(
        new Alarm(
            "database-cpu",
            Severity.NOTIFY,
            "The database uses 80 % of its CPU or more",
            Metric.of("AWS/RDS", "CPUUtilization", "Average", instance),
            300,
            3,
            Bound.atLeast(80),
            Missing.NOT_BREACHING));
    // Longer than a failover takes.
    alarms.add(
        new Alarm(
            "database-gone",
            Severity.PAGE,
            "The database reports nothing: it is stopped, or gone",
            Metric.of("AWS/RDS", "CPUUtilization", "SampleCount", instance),
            60,
            5,
            Bound.lessThan(1),
            Missing.BREACHING));
    alarms.add(
        new Alarm(
            "database-connections",
            Severity.PAGE,
            "Nine of ten connections of the database are in use",
            Metric.of("AWS/RDS", "DatabaseConnections", "Maximum", instance),
            60,
            5,
            Bound.atLeast(Math.floor(database.maxConnections() * 0.9)),
            Missing.NOT_BREACHING));
    // Storage grows by itself when a tenth is left, at most every six hours.
    alarms.add(
        new Alarm(
            "database-storage",
            Severity.PAGE,
            "A twentieth of the storage is left, and it does not grow, or not fast enough",
            Metric.of("AWS/RDS", "FreeStorageSpace", "Minimum", instance),
            300,
            2,
            Bound.lessThan(Math.floor(database.storageGb() * 0.05 * GIB)),
            Missing.NOT_BREACHING));
    if (database.burstable()) {
      alarms.add(
          new Alarm(
              "database-credits",
              Severity.NOTIFY,
              "The database has hardly any CPU credits left, and more of them cost money",
              Metric.of("AWS/RDS", "CPUCreditBalance", "Minimum", instance),
              300,
              3,
              Bound.lessThan(20),
              Missing.NOT_BREACHING));
    }
    if (database.replicated()) {
      alarms.add(
          new Alarm(
              "replica-lag",
              Severity.NOTIFY,
              "The replica is too far behind the writer to be read: everybody reads from there",
              Metric.of("AWS/RDS", "ReplicaLag", "Minimum", instance),
              60,
              5,
              Bound.atLeast(database.maxLag()),
              Missing.NOT_BREACHING));
    }
    return alarms;
  }
}
