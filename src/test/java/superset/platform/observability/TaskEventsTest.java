package superset.platform.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.event.ruler.Ruler;

/** What is told of tasks, matched as EventBridge matches it. */
final class TaskEventsTest {

  private static final String CLUSTER =
      "arn:aws:ecs:us-west-2:111122223333:cluster/superset-production";
  private static final String ENDED = "Essential container in task exited";
  private static final String KILLED = "OutOfMemoryError: Container killed due to memory usage";

  /** In the form of the Amazon ECS Developer Guide, "Task state change events". */
  private static final String EVENT =
      """
      {
        "version": "0",
        "id": "3317b2af-7005-947d-b652-f55e762e571a",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": "111122223333",
        "time": "2020-01-23T17:57:58Z",
        "region": "us-west-2",
        "resources": ["arn:aws:ecs:us-west-2:111122223333:task/superset-production/c13b4cb40f1f"],
        "detail": {
          "availabilityZone": "us-west-2c",
          "clusterArn": "CLUSTER",
          "containers": [
            {
              "containerArn": "arn:aws:ecs:us-west-2:111122223333:container/cf159fd6-3e3f",
              EXIT_CODE
              "lastStatus": "STOPPED",
              "name": "superset",
              "image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/superset",
              REASON
              "runtimeId": "ad64cbc71c7fb31c55507ec24c9f77947132b03d48d9961115cf24f3b7307e1e",
              "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/superset-production/c13b4cb40f1f",
              "networkInterfaces": [
                {
                  "attachmentId": "7a4e4da4-7a3e-4b4b-9c2f-a8d8d0f6b0e5",
                  "privateIpv4Address": "10.0.0.139"
                }
              ],
              "cpu": "0"
            }
          ],
          "createdAt": "2020-01-23T17:57:34.402Z",
          "launchType": "FARGATE",
          "cpu": "256",
          "memory": "512",
          "desiredStatus": "STOPPED",
          "group": "family:superset-init",
          "lastStatus": "LAST_STATUS",
          "overrides": {"containerOverrides": [{COMMAND "name": "superset"}]},
          "stopCode": "STOP_CODE",
          "stoppedReason": "STOPPED_REASON",
          "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/superset-production/c13b4cb40f1f",
          "taskDefinitionArn": "arn:aws:ecs:us-west-2:111122223333:task-definition/superset-init:1",
          "version": 5,
          "platformVersion": "1.4.0"
        }
      }
      """;

  /** A task that stopped, unless it is changed. */
  private record Stopped(
      String cluster,
      String status,
      Optional<Integer> exitCode,
      Optional<String> reason,
      String stopCode,
      String stoppedReason,
      List<String> command) {

    private String event() {
      String words =
          command.stream().map(word -> '"' + word + '"').collect(Collectors.joining(","));
      return EVENT
          .replace("CLUSTER", cluster)
          .replace("LAST_STATUS", status)
          .replace("STOP_CODE", stopCode)
          .replace("STOPPED_REASON", stoppedReason)
          .replace("EXIT_CODE", exitCode.map(code -> "\"exitCode\": " + code + ",").orElse(""))
          .replace("REASON", reason.map(text -> "\"reason\": \"" + text + "\",").orElse(""))
          .replace("COMMAND", command.isEmpty() ? "" : "\"command\": [" + words + "],");
    }
  }

  private static Stopped exited(int code, String... command) {
    return new Stopped(
        CLUSTER,
        "STOPPED",
        Optional.of(code),
        Optional.empty(),
        "EssentialContainerExited",
        ENDED,
        List.of(command));
  }

  private static List<String> told(Stopped task) {
    return TaskEvents.of(new TaskEvents.Props(CLUSTER, List.of("export"))).stream()
        .filter(event -> matches(task.event(), event.pattern(CLUSTER)))
        .map(TaskEvent::name)
        .toList();
  }

  private static boolean matches(String event, String pattern) {
    try {
      return Ruler.matchesRule(event, pattern);
    } catch (Exception e) {
      throw new AssertionError(pattern, e);
    }
  }

  @Test
  void whatEndsAsItShouldTellsNobody() {
    assertThat(told(exited(0))).isEmpty();
    assertThat(told(exited(0, "export"))).isEmpty();
    assertThat(told(exited(143))).isEmpty();
  }

  @Test
  void anExportThatFailsIsTold() {
    assertThat(told(exited(1, "export"))).containsExactly("export");
  }

  @Test
  void anExportThatCannotStartIsToldThoughItHasNoExitCode() {
    assertThat(
            told(
                new Stopped(
                    CLUSTER,
                    "STOPPED",
                    Optional.empty(),
                    Optional.empty(),
                    "TaskFailedToStart",
                    "CannotPullContainerError: no such image",
                    List.of("export"))))
        .containsExactly("export");
  }

  @Test
  void anInitTaskThatFailsIsTheDeploysAffair() {
    assertThat(told(exited(1))).isEmpty();
    assertThat(told(exited(1, "init"))).isEmpty();
  }

  @Test
  void aContainerThatIsKilledForItsMemoryIsTold() {
    assertThat(
            told(
                new Stopped(
                    CLUSTER,
                    "STOPPED",
                    Optional.of(137),
                    Optional.of(KILLED),
                    "EssentialContainerExited",
                    ENDED,
                    List.of())))
        .containsExactly("out-of-memory");
  }

  @Test
  void aTaskThatIsKilledForItsMemoryIsTold() {
    assertThat(
            told(
                new Stopped(
                    CLUSTER,
                    "STOPPED",
                    Optional.of(137),
                    Optional.empty(),
                    "EssentialContainerExited",
                    KILLED,
                    List.of())))
        .containsExactly("out-of-memory");
  }

  @Test
  void aTaskThatStopsIsToldOnce() {
    assertThat(
            told(
                new Stopped(
                    CLUSTER,
                    "DEPROVISIONING",
                    Optional.of(1),
                    Optional.of(KILLED),
                    "EssentialContainerExited",
                    ENDED,
                    List.of("export"))))
        .isEmpty();
  }

  @Test
  void tasksOfAnotherClusterAreNotToldOf() {
    Stopped task = exited(1, "export");

    assertThat(
            told(
                new Stopped(
                    CLUSTER + "-2",
                    task.status(),
                    task.exitCode(),
                    Optional.of(KILLED),
                    task.stopCode(),
                    task.stoppedReason(),
                    task.command())))
        .isEmpty();
  }
}
