package superset.platform.operations;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.lambda_invocation.LambdaInvocation;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;

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
  public record Props(InitTask task, Function.Region region, List<ITerraformDependable> after) {}

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
                props.task().environment(),
                props.task().permissions(new PolicyDocument()),
                props.region()));
    Map<String, Object> input = Json.object("task_definition", props.task().definitionArn());
    this.invocation = function.invocation(this, "run", input, props.after()).build();
  }

  /** For resources that need a database that the image has prepared. */
  public ITerraformDependable done() {
    return invocation;
  }
}
