package superset.platform.operations;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.lambda_invocation.LambdaInvocation;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * {@code superset-snapshot}: takes a snapshot of the primary before a deploy changes its engine,
 * its class or Superset's version. What depends on {@link #taken()} changes only afterwards.
 */
public final class SnapshotFunction extends Construct {

  /**
   * @param engineVersion PostgreSQL version that the deploy wants
   * @param instanceClass class that it wants
   * @param supersetVersion release that will migrate the database
   */
  public record Props(
      String engineVersion, String instanceClass, String supersetVersion, Function.Region region) {}

  private final LambdaInvocation invocation;

  public SnapshotFunction(Construct scope, String id, Props props) {
    super(scope, id);
    Function function =
        new Function(
            this,
            "function",
            new Function.Props(
                "superset-snapshot",
                "Takes a snapshot of the metadata database before a risky deploy",
                Map.of("SUPERSET_DATABASE", props.region().names().platform()),
                permissions(props),
                props.region()));
    Map<String, Object> input =
        Json.object(
            "superset", props.supersetVersion(),
            "postgres", props.engineVersion(),
            "class", props.instanceClass());
    this.invocation = function.invocation(this, "take", input, List.of()).build();
  }

  /** For resources that change the database. */
  public ITerraformDependable taken() {
    return invocation;
  }

  private static PolicyDocument permissions(Props props) {
    Names names = props.region().names();
    String database = names.databaseArn(props.region().name());
    String all = "arn:aws:rds:%s:%s:snapshot:".formatted(props.region().name(), names.account());
    String snapshots = all + names.of("before") + "-*";
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Look")
                .actions("rds:DescribeDBInstances", "rds:DescribeDBSnapshots")
                // A listing concerns all of them.
                .on(database, all + "*"))
        .add(
            PolicyDocument.allow("Take")
                .actions("rds:CreateDBSnapshot", "rds:AddTagsToResource")
                .on(database, snapshots))
        .add(PolicyDocument.allow("Prune").actions("rds:DeleteDBSnapshot").on(snapshots));
  }
}
