package superset.platform.config;

/**
 * The timeout chain: whoever waits for another waits longer, so that the one who knows what
 * happened is the one who answers.
 */
final class TimeoutRules {

  private static final String CHAIN = "keep query <= gunicorn <= webserver < idle < keepalive";

  private TimeoutRules() {}

  static void chainHolds(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    notAbove("query", "gunicorn", of, report);
    notAbove("gunicorn", "webserver", of, report);
    below("webserver", "idle", of, report);
    below("idle", "keepalive", of, report);
  }

  /** A request that finds no connection must still be able to say so. */
  static void poolGivesUpFirst(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    int pool = of.integer("database.pool.timeout");
    int gunicorn = of.integer("timeouts.gunicorn");
    if (pool >= gunicorn) {
      report.add(
          of,
          "database.pool.timeout",
          pool + " s is not below timeouts.gunicorn, " + gunicorn + " s",
          "write about 30");
    }
  }

  private static void notAbove(String inner, String outer, Settings of, Report report) {
    compare(inner, outer, 0, "is above", of, report);
  }

  private static void below(String inner, String outer, Settings of, Report report) {
    compare(inner, outer, 1, "is not below", of, report);
  }

  private static void compare(
      String inner, String outer, int distance, String wrong, Settings of, Report report) {
    Rules.guarded(
        () -> {
          int low = of.integer("timeouts." + inner);
          int high = of.integer("timeouts." + outer);
          if (low + distance > high) {
            report.add(
                of,
                "timeouts." + inner,
                low + " s " + wrong + " " + outer + ", " + high + " s",
                CHAIN);
          }
        });
  }
}
