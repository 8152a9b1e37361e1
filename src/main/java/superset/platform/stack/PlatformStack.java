package superset.platform.stack;

import com.hashicorp.cdktf.S3Backend;
import com.hashicorp.cdktf.S3BackendConfig;
import com.hashicorp.cdktf.TerraformOutput;
import com.hashicorp.cdktf.TerraformStack;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.provider.AwsProvider;
import com.hashicorp.cdktf.providers.aws.provider.AwsProviderDefaultTags;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Provider;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;

/** What every stack has: pinned versions, a locked backend, providers of one account, tags. */
abstract class PlatformStack extends TerraformStack {

  private final PlatformConfig platform;
  private final Names names;

  /**
   * @param part {@code bootstrap}, {@code global} or the name of a region
   */
  PlatformStack(Construct scope, EnvironmentConfig environment, String part) {
    super(scope, names(environment).stack(part));
    this.platform = environment.platform();
    this.names = names(environment);
    addOverride("terraform.required_version", Provider.TERRAFORM_VERSION);
    addOverride("terraform.required_providers.aws.version", Provider.VERSION);
  }

  final Names names() {
    return names;
  }

  /**
   * Nothing: every stack names its backend, and no stack refers to a construct of another one (it
   * reads the other's state). CDKTF would render each stack here once more, only to find such
   * references.
   */
  @Override
  public void prepareStack() {}

  /** State in the bucket of the region; a second deployer meets S3's own lock. */
  final void storeStateIn(String region, String part) {
    S3Backend backend =
        new S3Backend(
            this,
            S3BackendConfig.builder()
                .bucket(names.bucket("tfstate", region))
                .key(stateKey(names, part))
                .region(region)
                .encrypt(true)
                .build());
    // S3BackendConfig of CDKTF 0.19 has no useLockfile.
    backend.addOverride("use_lockfile", true);
  }

  /** Key of a stack's state in its bucket. */
  static String stateKey(Names names, String part) {
    return names.stack(part) + ".tfstate";
  }

  /** The stack's provider. */
  final AwsProvider provider(String region) {
    return provider("aws", region).build();
  }

  /** A further provider, for stacks that span regions. */
  final AwsProvider aliasedProvider(String region) {
    return provider("aws-" + region, region).alias(region).build();
  }

  /**
   * Gives every role of the stack the permissions boundary of the configuration. Stacks with roles
   * end with it: no role is forgotten, whatever block makes it.
   */
  final void boundRoles() {
    platform
        .identity()
        .permissionsBoundary()
        .ifPresent(
            boundary ->
                getNode().findAll().stream()
                    .filter(IamRole.class::isInstance)
                    .map(IamRole.class::cast)
                    .forEach(role -> role.setPermissionsBoundary(boundary)));
  }

  /** An output that other tools look for by this very name. */
  final void output(String name, Object value, String description) {
    TerraformOutput.Builder.create(this, name)
        .value(value)
        .description(description)
        .staticId(true)
        .build();
  }

  private AwsProvider.Builder provider(String id, String region) {
    return AwsProvider.Builder.create(this, id)
        .region(region)
        .allowedAccountIds(List.of(platform.account()))
        .defaultTags(List.of(AwsProviderDefaultTags.builder().tags(tags(region)).build()));
  }

  private Map<String, String> tags(String region) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("environment", names.label());
    tags.put("region", region);
    tags.put("service", "superset");
    tags.put("owner", platform.owner());
    tags.put("cost-center", platform.costCenter());
    tags.put("managed-by", "cdktf");
    return tags;
  }

  private static Names names(EnvironmentConfig environment) {
    return new Names(environment.name(), environment.platform().account());
  }
}
