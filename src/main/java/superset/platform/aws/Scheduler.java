package superset.platform.aws;

/** What all schedules of EventBridge Scheduler have in common. */
public final class Scheduler {

  /** Group that they are in. */
  public static final String GROUP = "default";

  private Scheduler() {}

  /**
   * A trust policy: schedules of the group may assume the role. The source is the group
   * (EventBridge Scheduler User Guide, "Confused deputy prevention").
   */
  public static PolicyDocument trust(String region, String account) {
    return PolicyDocument.trusting(
        "scheduler.amazonaws.com",
        account,
        "arn:aws:scheduler:%s:%s:schedule-group/%s".formatted(region, account, GROUP));
  }
}
