package superset.platform.operations;

import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerSchedule;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleFlexibleTimeWindow;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTarget;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTargetRetryPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.Scheduler;

/**
 * {@code superset-canary}: visits Superset in the region as people do, through its public name, and
 * says how it went as metrics. It runs outside the VPC, where people are too.
 */
public final class CanaryFunction extends Construct {

  private static final String NAME = "superset-canary";

  /**
   * @param minutes from one visit to the next
   * @param url what it visits
   * @param secretArn credential that it signs in with; absent: it looks at the sign-in page alone
   */
  public record Props(
      int minutes, String url, Optional<String> secretArn, Function.Region region) {}

  public CanaryFunction(Construct scope, String id, Props props) {
    super(scope, id);
    Function function =
        new Function(
            this,
            "function",
            new Function.Props(
                NAME,
                "Visits Superset as people do, and says how it went",
                environment(props),
                permissions(props),
                props.region()));
    IamRole role = role(props.region());
    IamRolePolicy invoke =
        IamRolePolicy.Builder.create(this, "invoke")
            .name("invoke")
            .role(role.getId())
            .policy(
                new PolicyDocument()
                    .add(
                        PolicyDocument.allow("Visit")
                            .actions("lambda:InvokeFunction")
                            .on(function.arn()))
                    .json())
            .build();
    SchedulerSchedule.Builder.create(this, "schedule")
        .name(NAME)
        .description("Visits Superset every " + props.minutes() + " minutes")
        .scheduleExpression("rate(%d minutes)".formatted(props.minutes()))
        .flexibleTimeWindow(SchedulerScheduleFlexibleTimeWindow.builder().mode("OFF").build())
        .target(target(function, role))
        .dependsOn(List.of(invoke))
        .build();
  }

  private static Map<String, String> environment(Props props) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SUPERSET_URL", props.url());
    props.secretArn().ifPresent(arn -> environment.put("SUPERSET_CANARY_SECRET", arn));
    return environment;
  }

  private static PolicyDocument permissions(Props props) {
    PolicyDocument policy = new PolicyDocument();
    props
        .secretArn()
        .ifPresent(
            arn ->
                policy
                    .add(
                        PolicyDocument.allow("ReadCredential")
                            .actions("secretsmanager:GetSecretValue")
                            .on(arn))
                    .add(
                        PolicyDocument.allow("DecryptCredential")
                            .actions("kms:Decrypt")
                            .on(props.region().keyArn())));
    return policy;
  }

  /** A visit that is late would be counted in the wrong period: the next one comes soon. */
  private static SchedulerScheduleTarget target(Function function, IamRole role) {
    return SchedulerScheduleTarget.builder()
        .arn(function.arn())
        .roleArn(role.getArn())
        .input(Json.of(Json.object("at", "<aws.scheduler.scheduled-time>")))
        .retryPolicy(
            SchedulerScheduleTargetRetryPolicy.builder()
                .maximumRetryAttempts(0)
                .maximumEventAgeInSeconds(60)
                .build())
        .build();
  }

  private IamRole role(Function.Region region) {
    String name = region.names().of("canary-schedule", region.name());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("Invokes " + NAME + " in " + region.name())
        .assumeRolePolicy(Scheduler.trust(region.name(), region.names().account()).json())
        .tags(Map.of("Name", name))
        .build();
  }
}
