package superset.platform.edge;

import com.hashicorp.cdktf.providers.aws.acm_certificate.AcmCertificate;
import com.hashicorp.cdktf.providers.aws.route53_record.Route53Record;
import java.util.List;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.config.Names;

/**
 * The one DNS record that proves the domain is ours, taken from a certificate of its own: it is the
 * same for the domain and {@code *.domain}, and for every region's certificate, and stays so that
 * they renew.
 */
public final class DomainValidation extends Construct {

  /**
   * @param domain host name of Superset
   * @param zoneId the Route 53 zone that the domain lies in
   */
  public record Props(String domain, String zoneId, Names names) {}

  public DomainValidation(Construct scope, String id, Props props) {
    super(scope, id);
    AcmCertificate certificate =
        Certificate.request(
            this,
            "certificate",
            "validation-certificate",
            new Certificate.Props(Optional.empty(), props.domain(), props.names()));
    Route53Record.Builder.create(this, "record")
        .zoneId(props.zoneId())
        .name(onlyOption(certificate, "name"))
        .type(onlyOption(certificate, "type"))
        .records(List.of(onlyOption(certificate, "value")))
        .ttl(300)
        // A certificate made by hand for the same domain has left the same record.
        .allowOverwrite(true)
        .build();
  }

  /** Fails should AWS ever ask for different records for the two names. */
  private static String onlyOption(AcmCertificate certificate, String attribute) {
    return "${one(distinct("
        + certificate.getFqn()
        + ".domain_validation_options[*].resource_record_"
        + attribute
        + "))}";
  }
}
