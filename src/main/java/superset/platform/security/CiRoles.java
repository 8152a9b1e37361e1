package superset.platform.security;

import com.hashicorp.cdktf.providers.aws.iam_openid_connect_provider.IamOpenidConnectProvider;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.iam_role_policy_attachment.IamRolePolicyAttachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * What GitHub's workflows may do, without a stored key: a pull request plans and reads no secret,
 * the branch's environment deploys.
 */
public final class CiRoles extends Construct {

  private static final String ISSUER = "token.actions.githubusercontent.com";

  /** What the services of the stacks are called in IAM; the deploy role may use no others. */
  private static final List<String> DEPLOYED_SERVICES =
      List.of(
          "acm",
          "application-autoscaling",
          "backup",
          "backup-storage",
          "cloudwatch",
          "ec2",
          "ecr",
          "ecs",
          "elasticache",
          "elasticloadbalancing",
          "iam",
          "kms",
          "lambda",
          "logs",
          "rds",
          "route53",
          "s3",
          "scheduler",
          "servicediscovery",
          "ssm");

  /** Containers are made and described; values are read and written by the function alone. */
  private static final String[] SECRET_CONTAINER_ACTIONS = {
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret"
  };

  /**
   * @param repository GitHub repository, {@code OWNER/NAME}
   * @param branch branch that may deploy
   * @param environment GitHub environment whose approval a deploy needs; also the folder's name
   * @param regions regions whose state the roles use
   */
  public record Props(
      String repository, String branch, String environment, List<String> regions, Names names) {}

  private final IamRole plan;
  private final IamRole deploy;

  public CiRoles(Construct scope, String id, Props props) {
    super(scope, id);
    IamOpenidConnectProvider github = github();
    this.plan =
        role(
            "ci-plan",
            "Plans of pull requests: reads, but no secret",
            github,
            List.of(
                "repo:" + props.repository() + ":pull_request",
                "repo:" + props.repository() + ":ref:refs/heads/" + props.branch()),
            props);
    this.deploy =
        role(
            "ci-deploy",
            "Deploys of the environment " + props.environment(),
            github,
            List.of("repo:" + props.repository() + ":environment:" + props.environment()),
            props);
    permitPlan(props);
    permitDeploy();
  }

  public String planRoleArn() {
    return plan.getArn();
  }

  public String deployRoleArn() {
    return deploy.getArn();
  }

  private IamOpenidConnectProvider github() {
    return IamOpenidConnectProvider.Builder.create(this, "github")
        .url("https://" + ISSUER)
        .clientIdList(List.of("sts.amazonaws.com"))
        // AWS checks GitHub's certificate itself; the argument must be there all the same.
        .thumbprintList(List.of("ffffffffffffffffffffffffffffffffffffffff"))
        .tags(Map.of("Name", "github-actions"))
        .build();
  }

  private IamRole role(
      String purpose,
      String description,
      IamOpenidConnectProvider github,
      List<String> subjects,
      Props props) {
    String name = props.names().of(purpose);
    return IamRole.Builder.create(this, purpose)
        .name(name)
        .description(description)
        .assumeRolePolicy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Workflows")
                        .principal("Federated", github.getArn())
                        .actions("sts:AssumeRoleWithWebIdentity")
                        .when("StringEquals", ISSUER + ":aud", "sts.amazonaws.com")
                        .when("StringEquals", ISSUER + ":sub", subjects))
                .json())
        .maxSessionDuration(3600)
        .tags(Map.of("Name", name))
        .build();
  }

  private void permitPlan(Props props) {
    IamRolePolicyAttachment.Builder.create(this, "ci-plan-read")
        .role(plan.getName())
        .policyArn("arn:aws:iam::aws:policy/ReadOnlyAccess")
        .build();
    IamRolePolicy.Builder.create(this, "ci-plan-policy")
        .name("plan")
        .role(plan.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("LockState")
                        .actions("s3:PutObject", "s3:DeleteObject")
                        .on(locks(props)))
                .add(
                    PolicyDocument.allow("ThrowAwayPassword")
                        // GetRandomPassword has no resource level.
                        .actions("secretsmanager:GetRandomPassword")
                        .on("*"))
                .add(
                    PolicyDocument.allow("DecryptState")
                        .actions("kms:Decrypt", "kms:GenerateDataKey")
                        .on(keys(props))
                        .when(
                            "ForAnyValue:StringEquals",
                            "kms:ResourceAliases",
                            "alias/" + Keys.Purpose.STATE.alias(props.names())))
                .add(noSecrets())
                .json())
        .build();
  }

  private void permitDeploy() {
    IamRolePolicy.Builder.create(this, "ci-deploy-policy")
        .name("deploy")
        .role(deploy.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Services")
                        .actions(
                            DEPLOYED_SERVICES.stream()
                                .map(service -> service + ":*")
                                .toArray(String[]::new))
                        .on("*"))
                .add(
                    PolicyDocument.allow("SecretContainers")
                        .actions(SECRET_CONTAINER_ACTIONS)
                        .on("*"))
                .add(noSecrets())
                .json())
        .build();
  }

  private static PolicyDocument.Statement noSecrets() {
    return PolicyDocument.deny("NoSecrets")
        .actions(
            "secretsmanager:GetSecretValue",
            "secretsmanager:BatchGetSecretValue",
            "secretsmanager:PutSecretValue")
        .on("*");
  }

  /** The lock that use_lockfile puts beside a state. */
  private static List<String> locks(Props props) {
    List<String> locks = new ArrayList<>();
    for (String region : props.regions()) {
      locks.add("arn:aws:s3:::" + props.names().bucket("tfstate", region) + "/*.tflock");
    }
    return locks;
  }

  private static List<String> keys(Props props) {
    return props.regions().stream()
        .map(region -> "arn:aws:kms:%s:%s:key/*".formatted(region, props.names().account()))
        .toList();
  }
}
