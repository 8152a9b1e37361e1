package superset.platform.config;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.format.TextStyle;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Hours that come again on some days of the week, in the environment's time zone.
 *
 * @param days in the order of the week
 * @param from first minute
 * @param to first minute that is no longer part of them, on the same day
 */
public record WeeklyHours(List<DayOfWeek> days, LocalTime from, LocalTime to) {

  public WeeklyHours {
    days = List.copyOf(days);
  }

  /**
   * @param days days and spans of days, {@code MON} to {@code SUN}, such as {@code MON-FRI} or
   *     {@code MON,WED-FRI}
   * @param from {@code hh:mm}
   * @param to {@code hh:mm}
   */
  static WeeklyHours parse(String days, String from, String to) {
    Set<DayOfWeek> found = EnumSet.noneOf(DayOfWeek.class);
    for (String span : days.split(",")) {
      String[] ends = span.split("-");
      DayOfWeek last = day(ends[ends.length - 1]);
      DayOfWeek day = day(ends[0]);
      found.add(day);
      while (day != last) {
        day = day.plus(1);
        found.add(day);
      }
    }
    return new WeeklyHours(List.copyOf(found), LocalTime.parse(from), LocalTime.parse(to));
  }

  /** Whether there is a minute in them at all. */
  boolean isForward() {
    return from.isBefore(to);
  }

  /** Whether the two ever share a minute. */
  boolean overlaps(WeeklyHours other) {
    return days.stream().anyMatch(other.days::contains)
        && from.isBefore(other.to)
        && other.from.isBefore(to);
  }

  /** The expression of EventBridge Scheduler and Application Auto Scaling for a time on days. */
  public static String cron(List<DayOfWeek> days, LocalTime at) {
    return "cron(%d %d ? * %s *)"
        .formatted(
            at.getMinute(),
            at.getHour(),
            days.stream().map(WeeklyHours::name).collect(Collectors.joining(",")));
  }

  private static DayOfWeek day(String name) {
    for (DayOfWeek day : DayOfWeek.values()) {
      if (name(day).equals(name)) {
        return day;
      }
    }
    throw new IllegalArgumentException("\"" + name + "\" is no day of MON to SUN");
  }

  private static String name(DayOfWeek day) {
    return day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH).toUpperCase(Locale.ENGLISH);
  }
}
