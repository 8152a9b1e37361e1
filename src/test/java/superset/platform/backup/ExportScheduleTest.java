package superset.platform.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.WeeklyHours;

final class ExportScheduleTest {

  private static Synthesized stack;

  @BeforeAll
  static void synthesize() {
    stack = of(Optional.empty());
  }

  private static Synthesized of(Optional<WeeklyHours> hours) {
    return Synthesized.of(
        scope ->
            new ExportSchedule(
                scope,
                "export",
                new ExportSchedule.Props(
                    "cluster-arn",
                    "superset-init:7",
                    "superset-init:*",
                    List.of("execution-role", "task-role"),
                    "superset",
                    List.of("subnet-1"),
                    "sg-worker",
                    hours,
                    "Europe/Paris",
                    "us-east-1",
                    new Names("prod", "123456789012"))));
  }

  @Test
  void theInitTaskRunsWithAnotherCommandOnceAWeek() {
    JsonNode schedule = stack.resource("aws_scheduler_schedule");

    assertThat(schedule.path("schedule_expression").asText()).isEqualTo("cron(0 2 ? * SUN *)");
    assertThat(schedule.at("/target/ecs_parameters/task_definition_arn").asText())
        .isEqualTo("superset-init:7");
    assertThat(schedule.at("/target/input").asText())
        .isEqualTo("{\"containerOverrides\":[{\"name\":\"superset\",\"command\":[\"export\"]}]}");
    assertThat(texts(schedule.at("/target/ecs_parameters/network_configuration/security_groups")))
        .containsExactly("sg-worker");
  }

  @Test
  void itRunsBeforeTheDatabaseIsStoppedForTheWeek() {
    WeeklyHours hours =
        new WeeklyHours(
            List.of(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(8, 0), LocalTime.of(20, 0));
    JsonNode schedule = of(Optional.of(hours)).resource("aws_scheduler_schedule");

    assertThat(schedule.path("schedule_expression").asText()).isEqualTo("cron(30 19 ? * FRI *)");
    assertThat(schedule.path("schedule_expression_timezone").asText()).isEqualTo("Europe/Paris");
  }

  @Test
  void theScheduleMayRunThatTaskAndNothingElse() {
    assertThat(stack.resource("aws_iam_role_policy").path("policy").asText())
        .contains("\"Resource\":[\"superset-init:*\"]")
        .contains("\"ecs:cluster\":\"cluster-arn\"")
        .contains("\"Resource\":[\"execution-role\",\"task-role\"]");
  }
}
