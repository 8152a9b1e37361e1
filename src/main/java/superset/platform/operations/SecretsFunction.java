package superset.platform.operations;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.lambda_invocation.LambdaInvocation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * {@code superset-secrets}: fills the secret containers, gives the database the stored password,
 * and fills in where the writer is. Terraform invokes it and never sees a value.
 */
public final class SecretsFunction extends Construct {

  /**
   * @param versions wanted version of each generated secret, by the secret's name
   * @param regions all regions of the environment
   * @param writer the writer by the configuration
   * @param databaseResourceId another instance must be given the stored password
   * @param after what must exist before it is invoked: containers, database, parameter
   */
  public record Props(
      Map<String, Integer> versions,
      Function.Region region,
      List<String> regions,
      String writer,
      String databaseUsername,
      String adminUsername,
      String databaseResourceId,
      String keyAlias,
      List<ITerraformDependable> after) {}

  private final LambdaInvocation invocation;

  public SecretsFunction(Construct scope, String id, Props props) {
    super(scope, id);
    Function function =
        new Function(
            this,
            "function",
            new Function.Props(
                "superset-secrets",
                "Fills and rotates the secrets of Superset; returns no value",
                environment(props),
                permissions(props),
                props.region()));
    Map<String, Object> input = Json.object("versions", props.versions());
    this.invocation =
        function
            .invocation(this, "fill", input, props.after())
            .triggers(Map.of("database", props.databaseResourceId()))
            .build();
  }

  /** For resources that need the secrets filled. */
  public ITerraformDependable filled() {
    return invocation;
  }

  private static Map<String, String> environment(Props props) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SUPERSET_REGION", props.region().name());
    environment.put("SUPERSET_WRITER", props.writer());
    environment.put("SUPERSET_REGIONS", String.join(",", props.regions()));
    environment.put("SUPERSET_DATABASE", props.region().names().platform());
    environment.put("SUPERSET_DATABASE_USERNAME", props.databaseUsername());
    environment.put("SUPERSET_ADMIN_USERNAME", props.adminUsername());
    return environment;
  }

  /**
   * Reads and writes the generated secrets of every region: the writer pushes, the others copy.
   * ARNs of secrets end in six random characters, those of keys are random, so other regions' are
   * named by pattern and alias.
   */
  private static PolicyDocument permissions(Props props) {
    Names names = props.region().names();
    String home = props.region().name();
    List<String> secrets = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    List<String> parameters = new ArrayList<>();
    for (String region : props.regions()) {
      props
          .versions()
          .keySet()
          .forEach(
              name ->
                  secrets.add(
                      "arn:aws:secretsmanager:%s:%s:secret:%s-??????"
                          .formatted(region, names.account(), name)));
      keys.add("arn:aws:kms:%s:%s:key/*".formatted(region, names.account()));
      parameters.add(names.parameterArn(region, names.writerParameter()));
    }
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("GeneratedSecrets")
                .actions(
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage")
                .on(secrets))
        .add(
            PolicyDocument.allow("SecretsKeys")
                .actions("kms:Decrypt", "kms:GenerateDataKey")
                .on(keys)
                .when(
                    "ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/" + props.keyAlias()))
        .add(
            PolicyDocument.allow("MasterPassword")
                .actions("rds:DescribeDBInstances", "rds:ModifyDBInstance")
                .on(names.databaseArn(home)))
        .add(PolicyDocument.allow("ReadWriter").actions("ssm:GetParameter").on(parameters))
        .add(
            PolicyDocument.allow("FillWriter")
                .actions("ssm:PutParameter")
                .on(names.parameterArn(home, names.writerParameter())));
  }
}
