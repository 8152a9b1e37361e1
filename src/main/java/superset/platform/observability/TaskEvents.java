package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import superset.platform.aws.Json;
import superset.platform.observability.Alarm.Severity;

/** What is told of tasks that stop, whichever service or schedule started them. */
public final class TaskEvents {

  /**
   * @param cluster ARN of the cluster
   * @param exportCommand command of the task that exports the content; empty: there is none
   */
  public record Props(String cluster, List<String> exportCommand) {
    public Props {
      exportCommand = List.copyOf(exportCommand);
    }
  }

  private TaskEvents() {}

  static List<TaskEvent> of(Props props) {
    List<TaskEvent> events = new ArrayList<>();
    events.add(
        new TaskEvent(
            "out-of-memory",
            Severity.NOTIFY,
            "A container was killed, because it or its task had no memory left",
            outOfMemory()));
    if (!props.exportCommand().isEmpty()) {
      events.add(
          new TaskEvent(
              "export",
              Severity.NOTIFY,
              "The weekly export failed",
              failed(props.exportCommand())));
    }
    return events;
  }

  /** ECS says it of the container, and on Fargate sometimes of the task. */
  private static Map<String, Object> outOfMemory() {
    List<Object> reason = List.of(Json.object("prefix", "OutOfMemory"));
    return either(
        Json.object("stoppedReason", reason),
        Json.object("containers", Json.object("reason", reason)));
  }

  /** What cannot start has no exit code. */
  private static Map<String, Object> failed(List<String> command) {
    Map<String, Object> failed =
        either(
            Json.object("stopCode", List.of("TaskFailedToStart")),
            Json.object(
                "containers",
                Json.object("exitCode", List.of(Json.object("anything-but", List.of(0))))));
    failed.put("overrides", Json.object("containerOverrides", Json.object("command", command)));
    return failed;
  }

  private static Map<String, Object> either(Object one, Object other) {
    return Json.object("$or", List.of(one, other));
  }
}
