package superset.platform.security;

import com.hashicorp.cdktf.providers.aws.iam_openid_connect_provider.IamOpenidConnectProvider;
import com.hashicorp.cdktf.providers.aws.iam_policy.IamPolicy;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.iam_role_policy_attachment.IamRolePolicyAttachment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * What GitHub's workflows may do, without a stored key: a pull request plans and reads no secret,
 * the branch's environment deploys, the branch pushes images.
 */
public final class CiRoles extends Construct {

  private static final String ISSUER = "token.actions.githubusercontent.com";

  /**
   * @param repository GitHub repository, {@code OWNER/NAME}
   * @param branch branch that may deploy, and push images
   * @param environment GitHub environment whose approval a deploy needs; also the folder's name
   * @param regions regions whose state the roles use
   * @param boundary policy that every role of the stacks must have as its permissions boundary
   * @param chat what tells alarms in a channel; absent: nothing does
   */
  public record Props(
      String repository,
      String branch,
      String environment,
      List<String> regions,
      Optional<String> boundary,
      Optional<Chat> chat,
      Names names) {}

  /**
   * @param arn of the channel's configuration
   * @param region where its API is called
   */
  public record Chat(String arn, String region) {}

  private final Names names;
  private final IamRole plan;
  private final IamRole deploy;
  private final IamRole image;

  public CiRoles(Construct scope, String id, Props props) {
    super(scope, id);
    this.names = props.names();
    IamOpenidConnectProvider github = github();
    this.plan =
        role(
            "ci-plan",
            "Plans of pull requests: reads, but no secret",
            1,
            github,
            List.of(
                "repo:" + props.repository() + ":pull_request",
                "repo:" + props.repository() + ":ref:refs/heads/" + props.branch()),
            props);
    this.deploy =
        role(
            "ci-deploy",
            "Deploys of the environment " + props.environment(),
            // Regions one after another, each watched for a while before the next.
            4,
            github,
            List.of("repo:" + props.repository() + ":environment:" + props.environment()),
            props);
    this.image =
        role(
            "ci-image",
            "Pushes images and reads their scans",
            1,
            github,
            List.of("repo:" + props.repository() + ":ref:refs/heads/" + props.branch()),
            props);
    CiPermissions permissions =
        new CiPermissions(props.regions(), props.boundary(), props.chat(), props.names());
    Map<String, IamPolicy> reading = policies(permissions.reading());
    attach("ci-plan", plan, reading);
    attach("ci-deploy", deploy, reading);
    attach("ci-deploy", deploy, policies(permissions.changing()));
    inline("plan", plan, plan(props, permissions));
    PolicyDocument refusals = new PolicyDocument();
    permissions.refusals().forEach(refusals::add);
    inline("deploy", deploy, refusals);
    inline("image", image, permissions.images());
  }

  /** Name of the role that deploys. */
  public static String deployRole(Names names) {
    return names.of("ci-deploy");
  }

  public String planRoleArn() {
    return plan.getArn();
  }

  public String deployRoleArn() {
    return deploy.getArn();
  }

  public String imageRoleArn() {
    return image.getArn();
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
      int hours,
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
        .maxSessionDuration(hours * 3600)
        .tags(Map.of("Name", name))
        .build();
  }

  /** Policies of the account: a role's own, together, are at most 10240 characters. */
  private Map<String, IamPolicy> policies(Map<String, PolicyDocument> documents) {
    Map<String, IamPolicy> policies = new LinkedHashMap<>();
    documents.forEach(
        (purpose, document) -> {
          String name = names.of(purpose);
          policies.put(
              purpose,
              IamPolicy.Builder.create(this, purpose)
                  .name(name)
                  .description("What Terraform calls of AWS for the stacks")
                  .policy(document.json())
                  .tags(Map.of("Name", name))
                  .build());
        });
    return policies;
  }

  private void attach(String to, IamRole role, Map<String, IamPolicy> policies) {
    policies.forEach(
        (purpose, policy) ->
            IamRolePolicyAttachment.Builder.create(this, to + "-has-" + purpose)
                .role(role.getName())
                .policyArn(policy.getArn())
                .build());
  }

  private void inline(String name, IamRole role, PolicyDocument document) {
    IamRolePolicy.Builder.create(this, "ci-" + name + "-policy")
        .name(name)
        .role(role.getId())
        .policy(document.json())
        .build();
  }

  private static PolicyDocument plan(Props props, CiPermissions permissions) {
    PolicyDocument policy =
        new PolicyDocument()
            .add(
                PolicyDocument.allow("LockState")
                    .actions("s3:PutObject", "s3:DeleteObject")
                    .on(locks(props)))
            .add(
                PolicyDocument.allow("DecryptState")
                    .actions("kms:Decrypt", "kms:GenerateDataKey")
                    .on(keys(props))
                    .when(
                        "ForAnyValue:StringEquals",
                        "kms:ResourceAliases",
                        "alias/" + Keys.Purpose.STATE.alias(props.names())));
    permissions.refusals().forEach(policy::add);
    return policy;
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
