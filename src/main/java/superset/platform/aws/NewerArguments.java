package superset.platform.aws;

import com.hashicorp.cdktf.TerraformElement;
import com.hashicorp.cdktf.TerraformStack;
import com.hashicorp.cdktf.providers.aws.backup_plan.BackupPlan;
import com.hashicorp.cdktf.providers.aws.db_instance.DbInstance;
import com.hashicorp.cdktf.providers.aws.ecs_cluster.EcsCluster;
import com.hashicorp.cdktf.providers.aws.ecs_service.EcsService;
import com.hashicorp.cdktf.providers.aws.lb.Lb;

/**
 * Arguments that the provider has and the bindings (generated from 5.23.1) lack. Each says which
 * provider version brought it.
 */
public final class NewerArguments {

  private NewerArguments() {}

  /**
   * A random password that exists only while Terraform runs: in no state and no plan. Ephemeral
   * resources are Terraform 1.10, this one is provider 5.82; CDKTF has no ephemeral blocks
   * (terraform-cdk issue 3886).
   *
   * @return the expression that yields it, for write-only arguments only
   */
  public static String throwAwayPassword(TerraformElement element, String name) {
    TerraformStack stack = TerraformStack.of(element);
    String path = "ephemeral.aws_secretsmanager_random_password." + name;
    // RDS refuses / @ " and the space in a master password.
    stack.addOverride(path + ".password_length", 64);
    stack.addOverride(path + ".exclude_punctuation", true);
    return "${" + path + ".random_password}";
  }

  /** {@code password_wo} and {@code password_wo_version}, provider 5.88. */
  public static void writeOnlyPassword(DbInstance instance, String expression, int version) {
    instance.addOverride("password_wo", expression);
    instance.addOverride("password_wo_version", version);
  }

  /**
   * {@code database_insights_mode}, provider 5.81.
   *
   * @param mode {@code standard} or {@code advanced}
   */
  public static void databaseInsights(DbInstance instance, String mode) {
    instance.addOverride("database_insights_mode", mode);
  }

  /**
   * {@code availability_zone_rebalancing}, provider 5.79: ECS moves tasks back after a zone
   * recovers.
   */
  public static void rebalanceZones(EcsService service) {
    service.addOverride("availability_zone_rebalancing", "ENABLED");
  }

  /**
   * {@code client_keep_alive}, provider 5.46.
   *
   * @param seconds 60 to 604800; 3600 unless told
   */
  public static void clientKeepAlive(Lb balancer, int seconds) {
    balancer.addOverride("client_keep_alive", seconds);
  }

  /** {@code fargate_ephemeral_storage_kms_key_id}, provider 5.59: an ARN, or every plan differs. */
  public static void ephemeralStorageKey(EcsCluster cluster, String keyArn) {
    cluster.addOverride(
        "configuration.managed_storage_configuration.fargate_ephemeral_storage_kms_key_id", keyArn);
  }

  /**
   * {@code schedule_expression_timezone} of a plan's only rule, provider 5.71.
   *
   * @param name as the IANA has it
   */
  public static void timeZoneOfRule(BackupPlan plan, String name) {
    plan.addOverride("rule.0.schedule_expression_timezone", name);
  }
}
