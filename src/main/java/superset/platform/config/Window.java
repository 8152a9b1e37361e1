package superset.platform.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A span of time that comes again every day or every week, UTC.
 *
 * @param start minutes from midnight, or from Monday's midnight
 * @param length minutes
 * @param period minutes in a day, or in a week
 */
record Window(int start, int length, int period) {

  private static final int DAY = 24 * 60;
  private static final int WEEK = 7 * DAY;
  private static final String TIME = "([01][0-9]|2[0-3]):([0-5][0-9])";
  private static final Pattern DAILY = Pattern.compile(TIME + "-" + TIME);
  private static final Pattern WEEKLY =
      Pattern.compile("([a-z]{3}):" + TIME + "-([a-z]{3}):" + TIME);
  private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");

  /**
   * @param text {@code hh:mm-hh:mm}
   * @throws IllegalArgumentException if it is not of that form
   */
  static Window daily(String text) {
    Matcher form = DAILY.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is not of the form hh:mm-hh:mm");
    }
    return between(minutes(form, 1), minutes(form, 3), DAY);
  }

  /**
   * @param text {@code ddd:hh:mm-ddd:hh:mm}, days {@code mon} to {@code sun}
   * @throws IllegalArgumentException if it is not of that form
   */
  static Window weekly(String text) {
    Matcher form = WEEKLY.matcher(text);
    if (!form.matches() || !DAYS.contains(form.group(1)) || !DAYS.contains(form.group(4))) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not of the form ddd:hh:mm-ddd:hh:mm with days mon to sun");
    }
    return between(
        DAYS.indexOf(form.group(1)) * DAY + minutes(form, 2),
        DAYS.indexOf(form.group(4)) * DAY + minutes(form, 5),
        WEEK);
  }

  /** Whether the two ever share a minute. */
  boolean overlaps(Window other) {
    for (int one = start; one < start + WEEK; one += period) {
      for (int two = other.start; two < other.start + WEEK; two += other.period) {
        int distance = Math.floorMod(two - one, WEEK);
        if (distance < length || WEEK - distance < other.length) {
          return true;
        }
      }
    }
    return false;
  }

  private static Window between(int start, int end, int period) {
    return new Window(start, Math.floorMod(end - start, period), period);
  }

  private static int minutes(Matcher form, int group) {
    return Integer.parseInt(form.group(group)) * 60 + Integer.parseInt(form.group(group + 1));
  }
}
