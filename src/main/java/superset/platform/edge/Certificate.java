package superset.platform.edge;

import com.hashicorp.cdktf.TerraformResourceLifecycle;
import com.hashicorp.cdktf.providers.aws.acm_certificate.AcmCertificate;
import com.hashicorp.cdktf.providers.aws.acm_certificate_validation.AcmCertificateValidation;
import com.hashicorp.cdktf.providers.aws.acm_certificate_validation.AcmCertificateValidationTimeouts;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.config.Names;

/**
 * A region's certificate of the domain and all names right under it: the one given, or one that is
 * made here. ACM asks every certificate of a name, in every region of the account, for the same
 * record, so {@link DomainValidation} has made it before and none is made here (provider issue
 * 13653).
 */
public final class Certificate extends Construct {

  /** Well below the provider's 75 minutes: a zone that is not delegated never validates. */
  private static final String VALIDATION_TIMEOUT = "20m";

  /**
   * @param given ARN of a certificate of the same region to use as it is
   * @param domain host name of Superset
   */
  public record Props(Optional<String> given, String domain, Names names) {}

  private final String arn;

  public Certificate(Construct scope, String id, Props props) {
    super(scope, id);
    this.arn =
        props
            .given()
            .orElseGet(() -> validated(request(this, "certificate", "certificate", props)));
  }

  /** ARN of the certificate, known once it is issued. */
  public String arn() {
    return arn;
  }

  private String validated(AcmCertificate certificate) {
    return AcmCertificateValidation.Builder.create(this, "validation")
        .certificateArn(certificate.getArn())
        .timeouts(AcmCertificateValidationTimeouts.builder().create(VALIDATION_TIMEOUT).build())
        .build()
        .getCertificateArn();
  }

  /**
   * @param purpose what the tag {@code Name} calls it: a region has the certificate of its load
   *     balancer, and may have the one that the validation record is taken from
   */
  static AcmCertificate request(Construct scope, String id, String purpose, Props props) {
    return AcmCertificate.Builder.create(scope, id)
        .domainName(props.domain())
        .subjectAlternativeNames(List.of("*." + props.domain()))
        .validationMethod("DNS")
        .tags(Map.of("Name", props.names().of(purpose)))
        // A listener never is without a certificate.
        .lifecycle(TerraformResourceLifecycle.builder().createBeforeDestroy(true).build())
        .build();
  }
}
