package superset.platform.config;

import java.util.List;
import superset.platform.config.RegionConfig.Spread;
import superset.platform.config.RegionConfig.TaskSize;
import superset.platform.config.RegionConfig.Tasks;

/** Rules over the sizes and numbers of tasks. */
final class TaskRules {

  /** What a web or Celery process of Superset 6.1 takes once it has served requests, measured. */
  private static final int PROCESS_MIB = 300;

  private TaskRules() {}

  static void webExists(Draft.Region region, Draft draft, Report report) {
    serviceExists("web", region, report);
  }

  static void workerExists(Draft.Region region, Draft draft, Report report) {
    serviceExists("worker", region, report);
  }

  static void beatExists(Draft.Region region, Draft draft, Report report) {
    sizeExists("beat", region.settings(), report);
  }

  static void initExists(Draft.Region region, Draft draft, Report report) {
    sizeExists("init", region.settings(), report);
  }

  private static void serviceExists(String service, Draft.Region region, Report report) {
    Settings of = region.settings();
    Rules.guarded(() -> sizeExists(service, of, report));
    Rules.guarded(() -> processesFit(service, region, report));
    Rules.guarded(() -> tasksAreInOrder(service, of, report));
    Rules.guarded(() -> spreadIsPossible(service, of, report));
  }

  private static void sizeExists(String service, Settings of, Report report) {
    TaskSize size = Binder.size(of, service);
    Fargate offered = Fargate.of(size.cpu());
    if (!offered.offers(size.memory())) {
      report.add(
          of,
          service + ".memory",
          size.memory() + " is not a memory size of " + size.cpu() + " CPU units on Fargate",
          "use " + offered.memories());
    }
  }

  private static void processesFit(String service, Draft.Region region, Report report) {
    Settings of = region.settings();
    int processes = of.integer(service + ".processes");
    int memory = of.integer(service + ".memory");
    if (processes * PROCESS_MIB > memory) {
      boolean regionsOwn = of.place(service + ".processes").file().equals(region.file().file());
      report.add(
          of,
          service + (regionsOwn ? ".processes" : ".memory"),
          memory + " MiB are too few for " + processes + " processes of about " + PROCESS_MIB,
          "give the task more memory or fewer processes, at most " + memory / PROCESS_MIB);
    }
  }

  private static void tasksAreInOrder(String service, Settings of, Report report) {
    Tasks tasks = Binder.tasks(of, service);
    if (tasks.min() > tasks.max()) {
      report.add(
          of,
          service + ".tasks.max",
          tasks.max() + " is below min, " + tasks.min(),
          "write min <= desired <= max");
    } else if (tasks.desired() < tasks.min() || tasks.desired() > tasks.max()) {
      report.add(
          of,
          service + ".tasks.desired",
          tasks.desired() + " is not between min and max",
          "write " + tasks.min() + " to " + tasks.max() + " or remove the key");
    }
  }

  private static void spreadIsPossible(String service, Settings of, Report report) {
    Spread spread = Binder.spread(of, service);
    if (spread.onDemandWeight() + spread.spotWeight() == 0) {
      report.add(
          of,
          service + ".spot",
          "both weights are 0, so no task beyond the base could start",
          "give on_demand or spot a weight of 1 or more");
    }
    int min = of.integer(service + ".tasks.min");
    if (spread.base() > min) {
      report.add(
          of,
          service + ".spot.base",
          spread.base() + " is above tasks.min",
          "write at most " + min);
    }
  }

  /** Celery's queue lies in Redis: without it workers and beat have nothing to do. */
  static void workersHaveACache(Draft draft, Report report) {
    boolean anywhere =
        draft.regions().isEmpty() || draft.regions().stream().anyMatch(Draft::hasCache);
    for (String service : List.of("worker", "beat")) {
      if (!anywhere && draft.platform().has(service)) {
        withoutCache(service, draft.platform(), report);
      }
      for (Draft.Region region : draft.regions()) {
        if (region.own().has(service) && !Draft.hasCache(region)) {
          withoutCache(service, region.own(), report);
        }
      }
    }
  }

  private static void withoutCache(String service, Settings at, Report report) {
    report.add(at, service, "needs Redis, and there is no cache", "add cache or remove " + service);
  }

  static void productionServesWithoutAZone(Draft.Region region, Draft draft, Report report) {
    int min = region.settings().integer("web.tasks.min");
    if (draft.name().equals(PlatformRules.PRODUCTION) && min < 2) {
      report.add(
          region.settings(),
          "web.tasks.min",
          "with " + min + " task production stops when its zone does",
          "write 2 or more");
    }
  }

  /** A request holds one connection from its first query to its end. */
  static void threadsFindAConnection(Draft.Region region, Draft draft, Report report) {
    Settings of = region.settings();
    int threads = of.integer("web.threads");
    int pool = of.integer("database.pool.size") + of.integer("database.pool.overflow");
    if (threads > pool) {
      report.add(
          of,
          "web.threads",
          threads + " threads would wait for " + pool + " connections",
          "write at most database.pool.size + overflow, or raise these");
    }
  }
}
