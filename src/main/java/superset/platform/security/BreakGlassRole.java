package superset.platform.security;

import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * The one role that may open a shell in a task with ECS Exec. A named person takes it, with a
 * second factor, for an hour; the cluster writes every session down.
 */
public final class BreakGlassRole extends Construct {

  /**
   * @param principals ARNs of roles and users of the account who may take the role; {@code *} and
   *     {@code ?} stand for what IAM makes random
   * @param regions regions in which ECS Exec is on
   * @param container name of the container in every task
   */
  public record Props(
      List<String> principals, List<String> regions, String container, Names names) {}

  private final IamRole role;

  public BreakGlassRole(Construct scope, String id, Props props) {
    super(scope, id);
    this.role = role(props);
    IamRolePolicy.Builder.create(this, "permissions")
        .name("shell")
        .role(role.getId())
        .policy(permissions(props).json())
        .build();
  }

  public String arn() {
    return role.getArn();
  }

  /** The account is trusted and the principal a condition: IAM refuses names that do not exist. */
  private IamRole role(Props props) {
    String name = props.names().of("break-glass");
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("A shell in a task of Superset, in an emergency")
        .assumeRolePolicy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("People")
                        .principal("AWS", "arn:aws:iam::" + props.names().account() + ":root")
                        .actions("sts:AssumeRole")
                        .when("ArnLike", "aws:PrincipalArn", props.principals())
                        .when("Bool", "aws:MultiFactorAuthPresent", "true"))
                .json())
        .maxSessionDuration(3600)
        .tags(Map.of("Name", name))
        .build();
  }

  private static PolicyDocument permissions(Props props) {
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("Shell")
                .actions("ecs:ExecuteCommand")
                .on(
                    Stream.of("cluster/%s", "task/%s/*")
                        .map(form -> form.formatted(props.names().platform()))
                        .flatMap(resource -> arns("ecs", resource, props).stream())
                        .toList())
                .when("StringEquals", "ecs:container-name", props.container()))
        .add(
            PolicyDocument.allow("SeeTasks")
                .actions("ecs:DescribeTasks")
                .on(arns("ecs", "task/" + props.names().platform() + "/*", props)))
        // ecs:ListTasks has no resource level for Fargate (Service Authorization Reference).
        .add(
            PolicyDocument.allow("FindTasks")
                .actions("ecs:ListTasks")
                .on("*")
                .when(
                    "ArnEquals",
                    "ecs:cluster",
                    arns("ecs", "cluster/" + props.names().platform(), props)))
        // The session's channel is encrypted with the key of its log (AWS: Using ECS Exec).
        .add(
            PolicyDocument.allow("EncryptSession")
                .actions("kms:GenerateDataKey")
                .on(arns("kms", "key/*", props))
                .when(
                    "ForAnyValue:StringEquals",
                    "kms:ResourceAliases",
                    "alias/" + Keys.Purpose.LOGS.alias(props.names())))
        // A session that does not go through ECS is written nowhere.
        .add(
            PolicyDocument.deny("NotAroundEcs")
                .actions("ssm:StartSession")
                .on(arns("ecs", "task/*", props)));
  }

  private static List<String> arns(String service, String resource, Props props) {
    return props.regions().stream()
        .map(
            region ->
                "arn:aws:%s:%s:%s:%s".formatted(service, region, props.names().account(), resource))
        .toList();
  }
}
