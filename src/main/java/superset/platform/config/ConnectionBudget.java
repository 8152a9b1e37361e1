package superset.platform.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The connections that all tasks of one region can open to a database at once, while a rolling
 * update runs every task twice.
 *
 * <p>Every region writes to the one writer, so its database has to bear the sum. A replica serves
 * its own region only and has no fewer connections than the writer: it needs no sum of its own.
 *
 * @param web of all web tasks: each process fills its pool and the overflow, and follows the
 *     writer's position
 * @param worker of all workers: one for each pool process and one for the parent
 * @param rest of beat (its lock and its work) and of init
 */
record ConnectionBudget(int web, int worker, int rest) {

  /** Tasks of the old and of the new version side by side. */
  private static final int ROLLING = 2;

  private static final int FOLLOWING = 1;
  private static final int BEAT = 2;
  private static final int INIT = 2;

  /** The rest is for RDS itself, for people, and for what is not counted here. */
  private static final int USABLE_PERCENT = 80;

  static ConnectionBudget of(Draft.Region region) {
    Settings of = region.settings();
    int pool = of.integer("database.pool.size") + of.integer("database.pool.overflow");
    int web = of.integer("web.tasks.max") * of.integer("web.processes") * (pool + FOLLOWING);
    boolean celery = Draft.hasCache(region);
    int worker = celery ? of.integer("worker.tasks.max") * (of.integer("worker.processes") + 1) : 0;
    return new ConnectionBudget(web * ROLLING, worker * ROLLING, INIT + (celery ? BEAT : 0));
  }

  int total() {
    return web + worker + rest;
  }

  /** Connections of {@code max_connections} that may be planned with. */
  static int usable(int maxConnections) {
    return maxConnections * USABLE_PERCENT / 100;
  }

  static void fits(Draft draft, Report report) {
    Draft.Region writer = draft.writer();
    int maxConnections = Binder.maxConnections(writer.settings());
    int needed = 0;
    List<String> parts = new ArrayList<>();
    for (Draft.Region region : draft.regions()) {
      ConnectionBudget budget = of(region);
      needed += budget.total();
      parts.add(region.name() + " " + budget);
    }
    if (needed > usable(maxConnections)) {
      report.add(
          writer.settings(),
          "database.max_connections",
          "all tasks together can open "
              + needed
              + " connections to the writer during an update ("
              + String.join("; ", parts)
              + "), and 80 % of its "
              + maxConnections
              + " are "
              + usable(maxConnections),
          remedy(needed, writer.settings()));
    }
  }

  private static String remedy(int needed, Settings writer) {
    String lower = "lower tasks.max, processes or database.pool";
    String family = writer.text("database.class").replaceAll("[^.]*$", "");
    return DatabaseClass.names().stream()
        .filter(name -> name.startsWith(family))
        .map(name -> DatabaseClass.find(name).orElseThrow())
        .filter(larger -> usable(larger.maxConnections()) >= needed)
        .findFirst()
        .map(larger -> lower + ", or use " + larger.name() + " (" + larger.maxConnections() + ")")
        .orElse(lower);
  }

  @Override
  public String toString() {
    return total() + ": web " + web + ", worker " + worker + ", rest " + rest;
  }
}
