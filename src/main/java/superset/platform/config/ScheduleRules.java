package superset.platform.config;

import java.time.ZoneId;
import java.util.List;

/** Rules over hours: when other numbers of tasks run. */
final class ScheduleRules {

  private ScheduleRules() {}

  static void timeZoneExists(Draft draft, Report report) {
    String name = draft.platform().text("time_zone");
    if (!ZoneId.getAvailableZoneIds().contains(name)) {
      report.add(
          draft.platform(),
          "time_zone",
          "there is no time zone " + name,
          Nearest.to(name, ZoneId.getAvailableZoneIds())
              .map(nearest -> "write " + nearest)
              .orElse("write a name such as Europe/Paris or UTC"));
    }
  }

  static void webHoursAreUsable(Draft.Region region, Draft draft, Report report) {
    hoursAreUsable("web", region.settings(), report);
  }

  static void workerHoursAreUsable(Draft.Region region, Draft draft, Report report) {
    hoursAreUsable("worker", region.settings(), report);
  }

  private static void hoursAreUsable(String service, Settings of, Report report) {
    List<Settings> items = of.sections(service + ".schedule");
    int most = of.integer(service + ".tasks.max");
    for (int index = 0; index < items.size(); index++) {
      Settings item = items.get(index);
      List<Settings> before = items.subList(0, index);
      Rules.guarded(() -> isForward(item, report));
      Rules.guarded(() -> boundsAreInOrder(item, most, report));
      Rules.guarded(() -> isApart(item, before, report));
    }
  }

  private static void isForward(Settings item, Report report) {
    if (!Binder.hours(item).isForward()) {
      report.add(
          item,
          "to",
          item.text("to") + " is not after " + item.text("from"),
          "end on the same day; hours over midnight are two items");
    }
  }

  private static void boundsAreInOrder(Settings item, int most, Report report) {
    int min = item.integer("min");
    int max = item.integer("max");
    if (min > max) {
      report.add(item, "max", max + " is below min, " + min, "write min <= max");
    } else if (max > most) {
      report.add(
          item,
          "max",
          max + " is above tasks.max, for which connections are counted",
          "write at most " + most + ", or raise tasks.max");
    }
  }

  private static void isApart(Settings item, List<Settings> before, Report report) {
    WeeklyHours hours = Binder.hours(item);
    if (before.stream().map(Binder::hours).anyMatch(hours::overlaps)) {
      report.add(
          item,
          "from",
          "these hours overlap those of another item",
          "let each hour of the week be in one item at most");
    }
  }
}
