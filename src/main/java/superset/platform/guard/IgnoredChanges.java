package superset.platform.guard;

import com.hashicorp.cdktf.TerraformResourceLifecycle;
import java.util.Arrays;
import java.util.List;

/**
 * The one table of attributes whose changes Terraform leaves alone, each with its reason.
 * Everything else that differs from the configuration shows as drift.
 */
public enum IgnoredChanges {
  AUTOSCALED_SERVICE(
      "aws_ecs_service", "Application Auto Scaling owns the number of tasks", "desired_count"),
  DATABASE(
      "aws_db_instance",
      "the superset-secrets function owns the password; a promoted replica has no version yet, and"
          + " sending one would replace the password by a throw-away",
      "password_wo_version"),
  FENCE(
      "aws_lb_listener_rule",
      "superset-promote raises a fence, superset-admit lowers it; a deploy does neither",
      "action"),
  PROMOTION_PARAMETER(
      "aws_ssm_parameter", "superset-promote records its steps there", "insecure_value", "value"),
  SCHEDULED_TARGET(
      "aws_appautoscaling_target",
      "schedules change the bounds by the hour",
      "max_capacity",
      "min_capacity"),
  STOPPED_SERVICE("aws_ecs_service", "the running hours stop and start it", "desired_count"),
  WRITER_PARAMETER(
      "aws_ssm_parameter",
      "the functions write the region of the primary; a promotion changes it",
      "insecure_value",
      "value");

  private final String type;
  private final String reason;
  private final List<String> attributes;

  IgnoredChanges(String type, String reason, String... attributes) {
    this.type = type;
    this.reason = reason;
    this.attributes = Arrays.asList(attributes);
  }

  /** Terraform resource type. */
  public String type() {
    return type;
  }

  /** Why Terraform leaves the attributes alone. */
  public String reason() {
    return reason;
  }

  /** Terraform names of the attributes. */
  public List<String> attributes() {
    return attributes;
  }

  /** The lifecycle block that a resource of this row carries. */
  public TerraformResourceLifecycle lifecycle() {
    return TerraformResourceLifecycle.builder().ignoreChanges(attributes).build();
  }
}
