package superset.platform.service;

import com.hashicorp.cdktf.TerraformProvider;
import com.hashicorp.cdktf.providers.aws.ecr_lifecycle_policy.EcrLifecyclePolicy;
import com.hashicorp.cdktf.providers.aws.ecr_repository.EcrRepository;
import com.hashicorp.cdktf.providers.aws.ecr_repository.EcrRepositoryEncryptionConfiguration;
import com.hashicorp.cdktf.providers.aws.ecr_repository.EcrRepositoryImageScanningConfiguration;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.config.Names;

/**
 * A region's image repository. Bootstrap makes it, so that an image can be pushed before the first
 * region is deployed.
 */
public final class ImageRepository extends Construct {

  /**
   * @param provider provider of the repository's region
   */
  public record Props(String keyArn, boolean disposable, TerraformProvider provider, Names names) {}

  /** Images that no tag names any more are kept this long: a rollback may need them. */
  private static final int UNTAGGED_DAYS = 90;

  private final EcrRepository repository;

  public ImageRepository(Construct scope, String id, Props props) {
    super(scope, id);
    this.repository = repository(props);
    lifecycle(props);
  }

  /** Registry address of the repository, without a tag. */
  public String url() {
    return repository.getRepositoryUrl();
  }

  /** The address by name, for stacks that read no other stack's state. */
  public static String url(Names names, String region) {
    return names.account() + ".dkr.ecr." + region + ".amazonaws.com/" + names.platform();
  }

  /** The ARN by name, for stacks that read no other stack's state. */
  public static String arn(Names names, String region) {
    return "arn:aws:ecr:" + region + ":" + names.account() + ":repository/" + names.platform();
  }

  private EcrRepository repository(Props props) {
    return EcrRepository.Builder.create(this, "repository")
        .name(props.names().platform())
        .imageTagMutability("IMMUTABLE")
        .imageScanningConfiguration(
            EcrRepositoryImageScanningConfiguration.builder().scanOnPush(true).build())
        .encryptionConfiguration(
            List.of(
                EcrRepositoryEncryptionConfiguration.builder()
                    .encryptionType("KMS")
                    .kmsKey(props.keyArn())
                    .build()))
        .forceDelete(props.disposable())
        .tags(Map.of("Name", props.names().platform()))
        .provider(props.provider())
        .build();
  }

  private void lifecycle(Props props) {
    EcrLifecyclePolicy.Builder.create(this, "lifecycle")
        .repository(repository.getName())
        .policy(
            Json.of(
                Json.object(
                    "rules",
                    List.of(
                        Json.object(
                            "rulePriority",
                            1,
                            "description",
                            "Untagged images go after " + UNTAGGED_DAYS + " days",
                            "selection",
                            Json.object(
                                "tagStatus",
                                "untagged",
                                "countType",
                                "sinceImagePushed",
                                "countUnit",
                                "days",
                                "countNumber",
                                UNTAGGED_DAYS),
                            "action",
                            Json.object("type", "expire"))))))
        .provider(props.provider())
        .build();
  }
}
