package superset.platform.operations;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.lambda_invocation.LambdaInvocation;
import java.util.ArrayList;
import java.util.List;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * {@code superset-init}: runs the init task of every new revision and waits for its exit code. What
 * depends on {@link #done()} changes only after the database is ready for it, and a deploy whose
 * migration fails ends with the task's log while the old version serves.
 */
public final class InitFunction extends Construct {

  /**
   * @param task the init task
   * @param after what must exist before the task starts
   */
  public record Props(
      InitTask task,
      String keyArn,
      String logsKeyArn,
      int logRetentionDays,
      String region,
      List<ITerraformDependable> after,
      Names names) {}

  private final LambdaInvocation invocation;

  public InitFunction(Construct scope, String id, Props props) {
    super(scope, id);
    Function function =
        new Function(
            this,
            "function",
            new Function.Props(
                "superset-init",
                "Runs the init task before a rollout and waits for its exit code",
                List.of(),
                props.task().environment(),
                props.task().permissions(new PolicyDocument()),
                props.keyArn(),
                props.logsKeyArn(),
                props.logRetentionDays(),
                props.region(),
                props.names()));
    List<ITerraformDependable> after = new ArrayList<>(function.ready());
    after.addAll(props.after());
    this.invocation =
        LambdaInvocation.Builder.create(this, "run")
            .functionName(function.name())
            .input(Json.of(Json.object("task_definition", props.task().definitionArn())))
            .dependsOn(after)
            .build();
  }

  /** For resources that need a database that the image has prepared. */
  public ITerraformDependable done() {
    return invocation;
  }
}
