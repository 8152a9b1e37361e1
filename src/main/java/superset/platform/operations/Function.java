package superset.platform.operations;

import com.hashicorp.cdktf.AssetType;
import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.TerraformAsset;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.lambda_function.LambdaFunction;
import com.hashicorp.cdktf.providers.aws.lambda_function.LambdaFunctionEnvironment;
import com.hashicorp.cdktf.providers.aws.lambda_invocation.LambdaInvocation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * A Python function that operates the platform, from {@code src/main/lambda}. It runs outside the
 * VPC: what it needs are AWS's APIs, of other regions too.
 */
public final class Function extends Construct {

  private static final Path SOURCES = Path.of("src", "main", "lambda");
  private static final Path SHARED = SOURCES.resolve("superset_shared");

  /** By Python package: every region's are the same, and are packed once. */
  private static final Map<String, FunctionArchive> ARCHIVES = new ConcurrentHashMap<>();

  /**
   * @param name such as {@code superset-secrets}; the Python package is the same with underscores
   * @param description what it does, one sentence
   * @param environment variables, none of them secret
   * @param permissions what it may do beside writing its log
   */
  public record Props(
      String name,
      String description,
      Map<String, String> environment,
      PolicyDocument permissions,
      Region region) {}

  /**
   * What the functions of a region have in common.
   *
   * @param name of the region
   * @param keyArn encrypts their variables
   * @param logsKeyArn encrypts their logs
   */
  public record Region(
      String name, String keyArn, String logsKeyArn, int logRetentionDays, Names names) {}

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

  String arn() {
    return function.getArn();
  }

  /**
   * Terraform's invocation of the function, to be built: made by every deploy that changes the
   * input.
   *
   * @param scope of the block that the invocation belongs to
   * @param after what must exist before, beside the function and its permissions
   */
  LambdaInvocation.Builder invocation(
      Construct scope, String id, Map<String, Object> input, List<ITerraformDependable> after) {
    return LambdaInvocation.Builder.create(scope, id)
        .functionName(function.getFunctionName())
        .input(Json.of(input))
        .dependsOn(Stream.concat(ready.stream(), after.stream()).toList());
  }

  private LambdaFunction function(Props props, IamRole role, CloudwatchLogGroup log) {
    FunctionArchive archive =
        ARCHIVES.computeIfAbsent(
            pythonPackage(props.name()), name -> FunctionArchive.of(SOURCES.resolve(name), SHARED));
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
        .kmsKeyArn(props.region().keyArn())
        .environment(LambdaFunctionEnvironment.builder().variables(props.environment()).build())
        .tags(Map.of("Name", props.name()))
        .dependsOn(List.of(log))
        .build();
  }

  private static String pythonPackage(String name) {
    return name.replace('-', '_');
  }

  private CloudwatchLogGroup log(Props props) {
    String name = "/aws/lambda/" + props.name();
    return CloudwatchLogGroup.Builder.create(this, "log")
        .name(name)
        .retentionInDays(props.region().logRetentionDays())
        .kmsKeyId(props.region().logsKeyArn())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRole role(Props props) {
    Region region = props.region();
    String name = region.names().of(props.name().replace("superset-", ""), region.name());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("Function " + props.name() + " in " + region.name())
        .assumeRolePolicy(
            PolicyDocument.trusting("lambda.amazonaws.com", region.names().account()).json())
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
