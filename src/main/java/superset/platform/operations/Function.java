package superset.platform.operations;

import com.hashicorp.cdktf.AssetType;
import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.TerraformAsset;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.lambda_function.LambdaFunction;
import com.hashicorp.cdktf.providers.aws.lambda_function.LambdaFunctionEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * A Python function that operates the platform, from {@code src/main/lambda}. It runs outside the
 * VPC: what it needs are AWS's APIs, of other regions too.
 */
public final class Function extends Construct {

  private static final Path SOURCES = Path.of("src", "main", "lambda");

  /**
   * @param name such as {@code superset-secrets}; the Python package is the same with underscores
   * @param description what it does, one sentence
   * @param shared names of other functions whose packages it imports
   * @param environment variables, none of them secret
   * @param permissions what it may do beside writing its log
   */
  public record Props(
      String name,
      String description,
      List<String> shared,
      Map<String, String> environment,
      PolicyDocument permissions,
      String keyArn,
      String logsKeyArn,
      int logRetentionDays,
      String region,
      Names names) {}

  private final LambdaFunction function;
  private final List<ITerraformDependable> ready;

  public Function(Construct scope, String id, Props props) {
    super(scope, id);
    CloudwatchLogGroup log = log(props);
    IamRole role = role(props);
    IamRolePolicy permissions = permissions(props, role, log);
    this.function = function(props, role, log);
    this.ready = List.of(function, permissions);
  }

  public String name() {
    return function.getFunctionName();
  }

  /** What must exist before the function is invoked. */
  public List<ITerraformDependable> ready() {
    return ready;
  }

  private LambdaFunction function(Props props, IamRole role, CloudwatchLogGroup log) {
    Path[] shared = props.shared().stream().map(Function::sources).toArray(Path[]::new);
    FunctionArchive archive = FunctionArchive.of(sources(props.name()), shared);
    TerraformAsset code =
        TerraformAsset.Builder.create(this, "code")
            .path(archive.file().toString())
            .type(AssetType.FILE)
            .build();
    return LambdaFunction.Builder.create(this, "function")
        .functionName(props.name())
        .description(props.description())
        .runtime("python3.12")
        .architectures(List.of("arm64"))
        .handler(pythonPackage(props.name()) + ".handler.handle")
        .filename(code.getPath())
        .sourceCodeHash(archive.sha256())
        .role(role.getArn())
        .timeout(900)
        .memorySize(256)
        .kmsKeyArn(props.keyArn())
        .environment(LambdaFunctionEnvironment.builder().variables(props.environment()).build())
        .tags(Map.of("Name", props.name()))
        .dependsOn(List.of(log))
        .build();
  }

  private static Path sources(String name) {
    return SOURCES.resolve(pythonPackage(name));
  }

  private static String pythonPackage(String name) {
    return name.replace('-', '_');
  }

  private CloudwatchLogGroup log(Props props) {
    String name = "/aws/lambda/" + props.name();
    return CloudwatchLogGroup.Builder.create(this, "log")
        .name(name)
        .retentionInDays(props.logRetentionDays())
        .kmsKeyId(props.logsKeyArn())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRole role(Props props) {
    String name = props.names().of(props.name().replace("superset-", ""), props.region());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("Function " + props.name() + " in " + props.region())
        .assumeRolePolicy(PolicyDocument.trusting("lambda.amazonaws.com").json())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRolePolicy permissions(Props props, IamRole role, CloudwatchLogGroup log) {
    return IamRolePolicy.Builder.create(this, "permissions")
        .name("operate")
        .role(role.getId())
        .policy(
            props
                .permissions()
                .add(
                    PolicyDocument.allow("Log")
                        .actions("logs:CreateLogStream", "logs:PutLogEvents")
                        .on(log.getArn() + ":*"))
                .json())
        .build();
  }
}
