package superset.platform.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Rules over the metadata database. */
final class DatabaseRules {

  /** From here on gp3 has the larger baseline, and speed can be provisioned. */
  private static final int FAST_STORAGE_GB = 400;

  private static final int BASELINE_IOPS = 12_000;
  private static final int MOST_IOPS = 64_000;
  private static final int BASELINE_THROUGHPUT = 500;
  private static final int MOST_THROUGHPUT = 4_000;
  private static final int SHORTEST_WINDOW = 30;
  private static final int LONGEST_WINDOW = 24 * 60;

  private DatabaseRules() {}

  static void classExists(Draft.Region region, Draft draft, Report report) {
    String name = region.settings().text("database.class");
    if (DatabaseClass.find(name).isEmpty()) {
      report.add(
          region.settings(),
          "database.class",
          name + " is no class that RDS runs PostgreSQL 15 on",
          Nearest.to(name, DatabaseClass.names())
              .map(nearest -> "write " + nearest)
              .orElse("write a class such as db.t4g.medium, db.m7g.large or db.r6g.large"));
    }
  }

  /** Amazon RDS User Guide, "Managing capacity automatically with storage autoscaling". */
  static void storageCanGrow(Draft.Region region, Draft draft, Report report) {
    int initial = region.settings().integer("database.storage_gb.initial");
    int max = region.settings().integer("database.storage_gb.max");
    int least = (initial * 11 + 9) / 10;
    if (max < least) {
      report.add(
          region.settings(),
          "database.storage_gb.max",
          max + " leaves the " + initial + " GiB at the start no room to grow",
          "write " + least + " or more: RDS asks for 10 % above initial");
    }
  }

  /** Amazon RDS User Guide, "gp3 storage", the row of PostgreSQL. */
  static void speedIsOffered(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    int storage = of.integer("database.storage_gb.initial");
    Optional<Integer> iops = of.optionalInteger("database.iops");
    Optional<Integer> throughput = of.optionalInteger("database.throughput");
    if (storage < FAST_STORAGE_GB) {
      iops.ifPresent(value -> notBelowFast("database.iops", storage, of, report));
      throughput.ifPresent(value -> notBelowFast("database.throughput", storage, of, report));
      return;
    }
    iops.ifPresent(
        value -> within("database.iops", value, BASELINE_IOPS, MOST_IOPS, "IOPS", of, report));
    throughput.ifPresent(
        value ->
            within(
                "database.throughput",
                value,
                BASELINE_THROUGHPUT,
                MOST_THROUGHPUT,
                "MiB/s",
                of,
                report));
    int quarter = iops.orElse(BASELINE_IOPS) / 4;
    if (throughput.isPresent() && throughput.get() > quarter) {
      report.add(
          of,
          "database.throughput",
          throughput.get() + " MiB/s is more than a quarter of " + quarter * 4 + " IOPS",
          "write at most " + quarter + " or raise iops");
    }
  }

  private static void notBelowFast(String key, int storage, Settings of, Report report) {
    report.add(
        of,
        key,
        "cannot be set below " + FAST_STORAGE_GB + " GiB of gp3 storage, and initial is " + storage,
        "remove it or raise storage_gb.initial");
  }

  private static void within(
      String key, int value, int least, int most, String unit, Settings of, Report report) {
    if (value < least || value > most) {
      report.add(
          of,
          key,
          value + " " + unit + " is not offered",
          "write " + least + " to " + most + ", or remove it for the baseline of " + least);
    }
  }

  static void windowsAreApart(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    Optional<Window> backup =
        window("database.backup_window", Window::daily, "03:00-04:00", of, report);
    Optional<Window> maintenance =
        window("database.maintenance_window", Window::weekly, "sun:05:00-sun:06:00", of, report);
    if (backup.isPresent() && maintenance.isPresent() && backup.get().overlaps(maintenance.get())) {
      report.add(
          of,
          "database.backup_window",
          of.text("database.backup_window")
              + " overlaps the maintenance window "
              + of.text("database.maintenance_window"),
          "move one of them: RDS refuses windows that overlap");
    }
  }

  private static Optional<Window> window(
      String key, Function<String, Window> parse, String example, Settings of, Report report) {
    Window window;
    try {
      window = parse.apply(of.text(key));
    } catch (IllegalArgumentException error) {
      report.add(of, key, error.getMessage(), "write UTC, such as \"" + example + "\"");
      return Optional.empty();
    }
    if (window.length() < SHORTEST_WINDOW || window.length() > LONGEST_WINDOW) {
      report.add(
          of,
          key,
          of.text(key) + " is " + window.length() + " minutes long",
          "write " + SHORTEST_WINDOW + " minutes to 24 hours");
      return Optional.empty();
    }
    return Optional.of(window);
  }

  static void connectionsAreAllowed(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    Optional<DatabaseClass> ofClass = DatabaseClass.find(of.text("database.class"));
    if (ofClass.isEmpty() || !of.has("database.max_connections")) {
      return;
    }
    int allowed = ofClass.get().maxConnections();
    if (of.integer("database.max_connections") > allowed) {
      report.add(
          of,
          "database.max_connections",
          of.integer("database.max_connections") + " is more than the memory of the class carries",
          "write at most " + allowed + " for " + ofClass.get().name());
    }
  }

  /**
   * A replica replays what the writer does with as much memory and as many connections, and must be
   * able to take its place (PostgreSQL manual, "Hot Standby": {@code max_connections} on a standby
   * is not below the primary's).
   */
  static void replicaFollowsTheWriter(Draft.Region region, Draft draft, Report report) {
    Draft.Region writer = draft.writer();
    if (region.name().equals(writer.name())) {
      return;
    }
    Settings of = region.settings();
    Settings primary = writer.settings();
    Rules.guarded(() -> classIsNotSmaller(of, primary, report));
    Rules.guarded(() -> connectionsAreNotFewer(of, primary, report));
    Rules.guarded(() -> versionIsTheSame(of, primary, report));
    Rules.guarded(() -> auditIsTheSame(of, primary, report));
  }

  private static void classIsNotSmaller(Settings of, Settings primary, Report report) {
    DatabaseClass own = databaseClass(of);
    DatabaseClass writers = databaseClass(primary);
    if (own.memoryGb() < writers.memoryGb()) {
      report.add(
          of,
          "database.class",
          own.name() + " has less memory than the writer's " + writers.name(),
          "give the replica " + writers.name() + " or a larger class: it may have to take over");
    }
  }

  private static void connectionsAreNotFewer(Settings of, Settings primary, Report report) {
    int own = Binder.maxConnections(of);
    int writers = Binder.maxConnections(primary);
    // A smaller class has its own line; its derived number of connections needs none.
    if (own < writers && of.has("database.max_connections")) {
      report.add(
          of,
          "database.max_connections",
          own + " is below the writer's " + writers + ", and the replica would not start",
          "write " + writers + " or more");
    }
  }

  private static void versionIsTheSame(Settings of, Settings primary, Report report) {
    String own = of.text("database.version");
    String writers = primary.text("database.version");
    if (!own.equals(writers)) {
      report.add(
          of,
          "database.version",
          own + " differs from the writer's " + writers,
          "write " + writers + ", best in platform.yaml alone");
    }
  }

  /**
   * The extension comes with the data, the library with the region's own parameter group: a replica
   * that takes over without the library refuses every DDL statement.
   */
  private static void auditIsTheSame(Settings of, Settings primary, Report report) {
    List<String> own = of.texts("database.audit");
    List<String> writers = primary.texts("database.audit");
    if (!Set.copyOf(own).equals(Set.copyOf(writers))) {
      report.add(
          of,
          "database.audit",
          own + " differs from the writer's " + writers,
          "write " + writers + ", best in platform.yaml alone");
    }
  }

  static void productionHasAStandby(Draft.Region region, Draft draft, Report report) {
    if (draft.name().equals(PlatformRules.PRODUCTION)
        && !region.settings().flag("database.multi_az")) {
      report.add(
          region.settings(),
          "database.multi_az",
          "production's database must survive the loss of a zone",
          "write true");
    }
  }

  private static DatabaseClass databaseClass(Settings of) {
    return DatabaseClass.find(of.text("database.class")).orElseThrow(Settings.Unknown::new);
  }
}
