package superset.platform.observability;

/**
 * What is told when a metric passes a bound in several periods.
 *
 * @param name last part of the alarm's name, and its heading in docs/runbooks/alarms.md
 * @param severity how soon somebody has to look
 * @param description what is the case then
 * @param metric one metric with its statistic
 * @param period seconds
 * @param periods how many are looked at
 * @param datapoints in how many of them the bound must be passed
 * @param bound what is passed
 * @param missing what a period without data means
 */
record Alarm(
    String name,
    Severity severity,
    String description,
    Metric metric,
    int period,
    int periods,
    int datapoints,
    Bound bound,
    Missing missing) {

  /** The bound is passed in all periods. */
  Alarm(
      String name,
      Severity severity,
      String description,
      Metric metric,
      int period,
      int periods,
      Bound bound,
      Missing missing) {
    this(name, severity, description, metric, period, periods, periods, bound, missing);
  }

  /** How soon somebody has to look. */
  enum Severity {
    /** Now, at night too: people cannot work, or will not be able to within the hour. */
    PAGE,
    /** On the next working day. */
    NOTIFY,
    /** Nobody: other alarms are not told while it is raised. */
    SILENT
  }

  /** What a period without data means (CloudWatch User Guide, missing data). */
  enum Missing {
    /** As bad as a value beyond the bound: what reports always has stopped. */
    BREACHING("breaching"),
    /** Nothing happened: the metric exists only while there is something to count. */
    NOT_BREACHING("notBreaching");

    final String value;

    Missing(String value) {
      this.value = value;
    }
  }

  /**
   * @param comparison of CloudWatch
   */
  record Bound(String comparison, double threshold) {

    static Bound atLeast(double threshold) {
      return new Bound("GreaterThanOrEqualToThreshold", threshold);
    }

    static Bound lessThan(double threshold) {
      return new Bound("LessThanThreshold", threshold);
    }
  }
}
