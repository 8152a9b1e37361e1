package superset.platform.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;
import superset.platform.config.WeeklyHours;

final class DatabaseBackupsTest {

  private static Synthesized backups(
      Optional<String> keeper, String window, Optional<PlatformConfig.Backups.Lock> lock) {
    return backups(keeper, window, lock, Optional.empty());
  }

  private static Synthesized backups(
      Optional<String> keeper,
      String window,
      Optional<PlatformConfig.Backups.Lock> lock,
      Optional<WeeklyHours> hours) {
    return Synthesized.of(
        stack ->
            new DatabaseBackups(
                stack,
                "backups",
                new DatabaseBackups.Props(
                    new PlatformConfig.Backups(35, 365, lock),
                    "database-arn",
                    window,
                    "key-arn",
                    "us-east-1",
                    keeper,
                    hours,
                    "Europe/Paris",
                    new Names("prod", "123456789012"))));
  }

  private static JsonNode rule(Optional<String> keeper, String window) {
    return backups(keeper, window, Optional.empty()).resource("aws_backup_plan").at("/rule/0");
  }

  @Test
  void aCopyGoesIntoTheVaultOfAnotherRegion() {
    JsonNode copy = rule(Optional.of("eu-west-1"), "03:00-04:00").at("/copy_action/0");

    assertThat(copy.path("destination_vault_arn").asText())
        .isEqualTo("arn:aws:backup:eu-west-1:123456789012:backup-vault:superset-production");
    assertThat(copy.at("/lifecycle/delete_after").asInt()).isEqualTo(35);
  }

  @Test
  void whereThereIsOnlyOneRegionThereIsNoCopy() {
    JsonNode rule = rule(Optional.empty(), "03:00-04:00");

    assertThat(rule.has("copy_action")).isFalse();
    assertThat(rule.at("/lifecycle/delete_after").asInt()).isEqualTo(35);
  }

  @Test
  void aBackupIsFarFromTheDatabasesOwn() {
    assertThat(rule(Optional.empty(), "03:00-04:00").path("schedule").asText())
        .isEqualTo("cron(0 15 * * ? *)");
    assertThat(rule(Optional.empty(), "22:30-23:00").path("schedule").asText())
        .isEqualTo("cron(0 10 * * ? *)");
  }

  @Test
  void aBackupBeginsWhenADatabaseThatIsStoppedByTheHourRuns() {
    WeeklyHours hours =
        new WeeklyHours(
            List.of(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(8, 0), LocalTime.of(20, 0));
    JsonNode rule =
        backups(Optional.empty(), "12:00-13:00", Optional.empty(), Optional.of(hours))
            .resource("aws_backup_plan")
            .at("/rule/0");
    assertThat(rule.path("schedule").asText()).isEqualTo("cron(30 8 ? * MON,FRI *)");
    assertThat(rule.path("schedule_expression_timezone").asText()).isEqualTo("Europe/Paris");
    assertThat(rule.path("start_window").asInt()).isEqualTo(60);
    assertThat(rule(Optional.empty(), "12:00-13:00").has("schedule_expression_timezone")).isFalse();
  }

  @Test
  void theVaultIsLockedOnlyWhereAsked() {
    assertThat(backups(Optional.empty(), "03:00-04:00", Optional.empty()).types())
        .doesNotContain("aws_backup_vault_lock_configuration");
    JsonNode lock =
        backups(
                Optional.empty(),
                "03:00-04:00",
                Optional.of(new PlatformConfig.Backups.Lock(30, Optional.empty(), Optional.of(7))))
            .resource("aws_backup_vault_lock_configuration");
    assertThat(lock.path("min_retention_days").asInt()).isEqualTo(30);
    assertThat(lock.has("max_retention_days")).isFalse();
    assertThat(lock.path("changeable_for_days").asInt()).isEqualTo(7);
  }
}
