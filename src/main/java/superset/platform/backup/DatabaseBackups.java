package superset.platform.backup;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.backup_plan.BackupPlan;
import com.hashicorp.cdktf.providers.aws.backup_plan.BackupPlanRule;
import com.hashicorp.cdktf.providers.aws.backup_plan.BackupPlanRuleCopyAction;
import com.hashicorp.cdktf.providers.aws.backup_plan.BackupPlanRuleCopyActionLifecycle;
import com.hashicorp.cdktf.providers.aws.backup_plan.BackupPlanRuleLifecycle;
import com.hashicorp.cdktf.providers.aws.backup_selection.BackupSelection;
import com.hashicorp.cdktf.providers.aws.backup_vault.BackupVault;
import com.hashicorp.cdktf.providers.aws.backup_vault_lock_configuration.BackupVaultLockConfiguration;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy_attachment.IamRolePolicyAttachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.NewerArguments;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;
import superset.platform.config.WeeklyHours;

/**
 * A vault in the region, and a plan that puts the region's database into it every day and a copy
 * into another region's vault. Every region has both, whether its database is the primary or a
 * replica: after a promotion nothing has to be made. The other region's vault is that stack's.
 */
public final class DatabaseBackups extends Construct {

  /** Hours until a backup that did not start is given up, and that a backup and its copy take. */
  private static final int START_HOURS = 2;

  private static final int COMPLETION_HOURS = 12;

  /**
   * After the running hours began: the database takes up to a quarter of an hour to start. With the
   * least that AWS waits for a job, and the hour in which it fails, RDS's own window comes {@code
   * ScheduleRules.BEFORE_BACKUP_MINUTES} after their begin at the earliest.
   */
  private static final int MINUTES_AFTER_START = 30;

  private static final int LEAST_START_HOURS = 1;

  /**
   * @param backupWindow the database's own, UTC, {@code hh:mm-hh:mm}
   * @param keyArn key of the vault: backups of RDS keep their database's key, copies get this one
   * @param keeper region whose vault the copies go into; absent: no copies
   * @param hours in which the database runs; absent: always
   * @param timeZone of these hours
   */
  public record Props(
      PlatformConfig.Backups config,
      String databaseArn,
      String backupWindow,
      String keyArn,
      String region,
      Optional<String> keeper,
      Optional<WeeklyHours> hours,
      String timeZone,
      Names names) {}

  public DatabaseBackups(Construct scope, String id, Props props) {
    super(scope, id);
    BackupVault vault = vault(props);
    BackupPlan plan = plan(vault, props);
    IamRole role = role(props);
    BackupSelection.Builder.create(this, "database")
        .name(props.names().platform())
        .planId(plan.getId())
        .iamRoleArn(role.getArn())
        .resources(List.of(props.databaseArn()))
        .dependsOn(policies(role))
        .build();
  }

  private BackupVault vault(Props props) {
    BackupVault vault =
        BackupVault.Builder.create(this, "vault")
            .name(props.names().platform())
            .kmsKeyArn(props.keyArn())
            .tags(Map.of("Name", props.names().platform()))
            .build();
    props
        .config()
        .lock()
        .ifPresent(
            lock -> {
              var builder =
                  BackupVaultLockConfiguration.Builder.create(this, "lock")
                      .backupVaultName(vault.getName())
                      .minRetentionDays(lock.minDays());
              lock.maxDays().ifPresent(builder::maxRetentionDays);
              lock.changeableDays().ifPresent(builder::changeableForDays);
              builder.build();
            });
    return vault;
  }

  private BackupPlan plan(BackupVault vault, Props props) {
    int days = props.config().keepDays();
    BackupPlanRule.Builder rule =
        BackupPlanRule.builder()
            .ruleName("daily")
            .targetVaultName(vault.getName())
            .schedule(
                props
                    .hours()
                    .map(DatabaseBackups::atTheBeginning)
                    .orElseGet(() -> farFrom(props.backupWindow())))
            .startWindow(props.hours().map(unused -> LEAST_START_HOURS).orElse(START_HOURS) * 60)
            .completionWindow(COMPLETION_HOURS * 60)
            .lifecycle(BackupPlanRuleLifecycle.builder().deleteAfter(days).build());
    props
        .keeper()
        .ifPresent(
            keeper ->
                rule.copyAction(
                    List.of(
                        BackupPlanRuleCopyAction.builder()
                            .destinationVaultArn(vaultArn(keeper, props.names()))
                            .lifecycle(
                                BackupPlanRuleCopyActionLifecycle.builder()
                                    .deleteAfter(days)
                                    .build())
                            .build())));
    BackupPlan plan =
        BackupPlan.Builder.create(this, "plan")
            .name(props.names().platform())
            .rule(List.of(rule.build()))
            .tags(Map.of("Name", props.names().platform()))
            .build();
    props.hours().ifPresent(unused -> NewerArguments.timeZoneOfRule(plan, props.timeZone()));
    return plan;
  }

  private static String atTheBeginning(WeeklyHours hours) {
    return WeeklyHours.cron(hours.days(), hours.from().plusMinutes(MINUTES_AFTER_START));
  }

  /**
   * Half a day away from the window in which RDS itself backs up: AWS Backup's jobs fail in it and
   * in the hour before (AWS Backup Developer Guide, "Amazon RDS backups").
   */
  private static String farFrom(String backupWindow) {
    int hour = (Integer.parseInt(backupWindow.substring(0, 2)) + 12) % 24;
    return "cron(0 %d * * ? *)".formatted(hour);
  }

  private static String vaultArn(String region, Names names) {
    return "arn:aws:backup:%s:%s:backup-vault:%s"
        .formatted(region, names.account(), names.platform());
  }

  private IamRole role(Props props) {
    String name = props.names().of("backup", props.region());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("AWS Backup of Superset's database in " + props.region())
        .assumeRolePolicy(
            PolicyDocument.trusting("backup.amazonaws.com", props.names().account()).json())
        .tags(Map.of("Name", name))
        .build();
  }

  /** AWS's own: what a backup, its copy and a restore need of RDS and KMS is AWS's to know. */
  private List<ITerraformDependable> policies(IamRole role) {
    List<ITerraformDependable> policies = new ArrayList<>();
    for (String purpose : List.of("Backup", "Restores")) {
      policies.add(
          IamRolePolicyAttachment.Builder.create(this, "policy-" + purpose.toLowerCase())
              .role(role.getName())
              .policyArn(
                  "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor" + purpose)
              .build());
    }
    return policies;
  }
}
