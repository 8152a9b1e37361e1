package superset.platform.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransitionRule;
import java.time.zone.ZoneRules;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** Rules over hours: when other numbers of tasks run, and when everything does. */
final class ScheduleRules {

  /**
   * From the start until RDS may back up itself: AWS Backup begins half an hour after it, waits for
   * an hour at least, and fails in the hour before RDS's window (AWS Backup Developer Guide,
   * "Amazon RDS backups").
   */
  private static final int BEFORE_BACKUP_MINUTES = 150;

  /** Both backups fit in, with an hour between summer and winter. */
  private static final int LEAST_HOURS = 4;

  /** The database is stopped ten minutes later, and on the same day. */
  private static final LocalTime LAST_STOP = LocalTime.of(23, 45);

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

  static void productionNeverStops(Draft draft, Report report) {
    if (draft.name().equals(PlatformRules.PRODUCTION) && draft.platform().has("schedule")) {
      report.add(draft.platform(), "schedule", "production is there at any time", "remove the key");
    }
  }

  /** Amazon RDS User Guide, "Stopping an Amazon RDS DB instance temporarily", limitations. */
  static void replicasNeverStop(Draft draft, Report report) {
    Settings of = draft.platform();
    boolean replica =
        draft.regions().size() > 1
            || draft.regions().stream()
                .anyMatch(region -> region.settings().flag("database.read_replica"));
    if (of.has("schedule") && replica) {
      report.add(
          of,
          "schedule",
          "RDS stops neither a replica nor a database that has one",
          "remove the key, or the other regions and read_replica");
    }
  }

  static void runningHoursAreUsable(Draft draft, Report report) {
    Settings of = draft.platform();
    if (!of.has("schedule")) {
      return;
    }
    WeeklyHours hours = Binder.runningHours(of);
    if (isShort(hours)) {
      report.add(
          of,
          "schedule.stop",
          of.text("schedule.stop") + " is not " + LEAST_HOURS + " hours after start",
          "stop on the same day, at least " + LEAST_HOURS + " hours later");
    } else if (hours.to().isAfter(LAST_STOP)) {
      report.add(
          of,
          "schedule.stop",
          of.text("schedule.stop") + " lets the database stop on the next day",
          "write " + LAST_STOP + " or earlier");
    }
    for (Draft.Region region : draft.regions()) {
      for (String service : List.of("web", "worker")) {
        Rules.guarded(() -> nothingElseMovesTheBounds(service, region.settings(), report));
      }
    }
  }

  private static void nothingElseMovesTheBounds(String service, Settings of, Report report) {
    if (!of.sections(service + ".schedule").isEmpty()) {
      report.add(
          of,
          service + ".schedule",
          "the environment's schedule changes the same numbers",
          "remove one of them");
    }
  }

  /** A stopped database takes no backup. The window is UTC: it must fit in summer and in winter. */
  static void databaseIsBackedUpWhileItRuns(Draft.Region region, Draft draft, Report report) {
    if (!draft.platform().has("schedule")) {
      return;
    }
    WeeklyHours hours = Binder.runningHours(draft.platform());
    if (isShort(hours)) {
      return;
    }
    Window backup;
    try {
      backup = Window.daily(region.settings().text("database.backup_window"));
    } catch (IllegalArgumentException reported) {
      return;
    }
    ZoneRules zone;
    try {
      zone = ZoneId.of(draft.platform().text("time_zone")).getRules();
    } catch (DateTimeException reported) {
      return;
    }
    List<Integer> offsets =
        Stream.concat(
                Stream.of(zone.getOffset(LocalDateTime.MAX)),
                zone.getTransitionRules().stream().map(ZoneOffsetTransitionRule::getOffsetAfter))
            .map(offset -> offset.getTotalSeconds() / 60)
            .toList();
    int before = draft.platform().flag("disposable") ? 0 : BEFORE_BACKUP_MINUTES;
    WeeklyHours possible =
        new WeeklyHours(hours.days(), hours.from().plusMinutes(before), hours.to());
    if (offsets.stream().allMatch(offset -> contains(possible, backup, offset))) {
      return;
    }
    report.add(
        region.settings(),
        "database.backup_window",
        region.settings().text("database.backup_window")
            + " is not always in the hours in which the database can be backed up",
        "write a window between %s and %s UTC"
            .formatted(
                possible.from().minusMinutes(Collections.min(offsets)),
                possible.to().minusMinutes(Collections.max(offsets))));
  }

  private static boolean isShort(WeeklyHours hours) {
    return Duration.between(hours.from(), hours.to()).toMinutes() < LEAST_HOURS * 60;
  }

  private static boolean contains(WeeklyHours hours, Window utc, int offset) {
    int start = Math.floorMod(utc.start() + offset, 24 * 60);
    return start >= hours.from().toSecondOfDay() / 60
        && start + utc.length() <= hours.to().toSecondOfDay() / 60;
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
