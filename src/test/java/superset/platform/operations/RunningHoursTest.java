package superset.platform.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Tasks;
import superset.platform.config.WeeklyHours;

final class RunningHoursTest {

  private static Synthesized stack;

  @BeforeAll
  static void synthesize() {
    stack =
        Synthesized.of(
            scope ->
                new RunningHours(
                    scope,
                    "hours",
                    new RunningHours.Props(
                        new WeeklyHours(
                            List.of(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
                            LocalTime.of(8, 0),
                            LocalTime.of(20, 0)),
                        "Europe/Paris",
                        "superset-staging",
                        List.of(
                            new RunningHours.Service(
                                "web",
                                "superset-web",
                                2,
                                Optional.of(
                                    new RunningHours.Range("range-arn", new Tasks(2, 3, 4)))),
                            new RunningHours.Service("beat", "superset-beat", 1, Optional.empty())),
                        "superset-staging",
                        "database-arn",
                        "us-east-1",
                        new Names("staging", "123456789012"))));
  }

  @Test
  void theDatabaseStartsBeforeTheTasksAndStopsAfterThem() {
    assertThat(stack.resources("aws_scheduler_schedule"))
        .extracting(
            one -> one.path("name").asText().replace("superset-hours-", ""),
            one -> one.path("schedule_expression").asText(),
            one -> one.at("/target/arn").asText().replace("arn:aws:scheduler:::aws-sdk:", ""))
        .containsExactlyInAnyOrder(
            tuple("start-database", "cron(0 8 ? * MON,FRI *)", "rds:startDBInstance"),
            tuple(
                "start-web-bounds",
                "cron(15 8 ? * MON,FRI *)",
                "applicationautoscaling:registerScalableTarget"),
            tuple("start-web", "cron(16 8 ? * MON,FRI *)", "ecs:updateService"),
            tuple("start-beat", "cron(16 8 ? * MON,FRI *)", "ecs:updateService"),
            tuple(
                "stop-web-bounds",
                "cron(0 20 ? * MON,FRI *)",
                "applicationautoscaling:registerScalableTarget"),
            tuple("stop-web", "cron(1 20 ? * MON,FRI *)", "ecs:updateService"),
            tuple("stop-beat", "cron(1 20 ? * MON,FRI *)", "ecs:updateService"),
            tuple("stop-database", "cron(10 20 ? * MON,FRI *)", "rds:stopDBInstance"));
    assertThat(stack.resources("aws_scheduler_schedule"))
        .allSatisfy(
            one ->
                assertThat(one.path("schedule_expression_timezone").asText())
                    .isEqualTo("Europe/Paris"));
  }

  @Test
  void aStoppedServiceIsNotScaledUp() {
    assertThat(input("stop-web-bounds"))
        .contains("\"MinCapacity\":0")
        .contains("\"MaxCapacity\":0")
        .contains("\"ResourceId\":\"service/superset-staging/superset-web\"");
    assertThat(input("stop-web")).contains("\"DesiredCount\":0");
    assertThat(input("start-web-bounds"))
        .contains("\"MinCapacity\":2")
        .contains("\"MaxCapacity\":4");
    assertThat(input("start-web")).contains("\"DesiredCount\":2");
    assertThat(input("start-beat")).contains("\"DesiredCount\":1");
  }

  @Test
  void theRoleStopsAndStartsTheseAndNothingElse() {
    assertThat(stack.resource("aws_iam_role_policy").path("policy").asText())
        .isEqualTo(
            "{\"Version\":\"2012-10-17\",\"Statement\":["
                + "{\"Sid\":\"Database\",\"Effect\":\"Allow\","
                + "\"Action\":[\"rds:StartDBInstance\",\"rds:StopDBInstance\"],"
                + "\"Resource\":[\"database-arn\"]},"
                + "{\"Sid\":\"Bounds\",\"Effect\":\"Allow\","
                + "\"Action\":[\"application-autoscaling:RegisterScalableTarget\"],"
                + "\"Resource\":[\"range-arn\"]},"
                + "{\"Sid\":\"Tasks\",\"Effect\":\"Allow\","
                + "\"Action\":[\"ecs:DescribeServices\",\"ecs:UpdateService\"],"
                + "\"Resource\":["
                + "\"arn:aws:ecs:us-east-1:123456789012:service/superset-staging/superset-web\","
                + "\"arn:aws:ecs:us-east-1:123456789012:service/superset-staging/superset-beat\""
                + "]}]}");
  }

  private static String input(String name) {
    return stack.resources("aws_scheduler_schedule").stream()
        .filter(one -> one.path("name").asText().equals("superset-hours-" + name))
        .map((JsonNode one) -> one.at("/target/input").asText())
        .findFirst()
        .orElseThrow();
  }
}
