package superset.platform.observability;

import java.util.List;
import java.util.Map;
import superset.platform.aws.Json;
import superset.platform.observability.Alarm.Severity;

/**
 * What is told when ECS says that a task has stopped in a certain way. Nothing tells that it is
 * over: it is.
 *
 * @param name last part of the rule's name, and its heading in docs/runbooks/alarms.md
 * @param severity how soon somebody has to look
 * @param description what is the case then
 * @param detail what the event says of such a task, besides that it stopped
 */
record TaskEvent(String name, Severity severity, String description, Map<String, Object> detail) {

  /**
   * Pattern of EventBridge (Amazon ECS Developer Guide, "Task state change events").
   *
   * @param cluster ARN of the cluster
   */
  String pattern(String cluster) {
    Map<String, Object> stopped =
        Json.object("clusterArn", List.of(cluster), "lastStatus", List.of("STOPPED"));
    stopped.putAll(detail);
    return Json.of(
        Json.object(
            "source", List.of("aws.ecs"),
            "detail-type", List.of("ECS Task State Change"),
            "detail", stopped));
  }
}
