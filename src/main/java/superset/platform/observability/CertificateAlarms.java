package superset.platform.observability;

import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarm on the certificate of the load balancer. */
public final class CertificateAlarms {

  /** Seconds: ACM counts the days twice a day. */
  private static final int DAY = 86_400;

  /**
   * @param arn ARN of the certificate
   */
  public record Props(String arn) {}

  private CertificateAlarms() {}

  static List<Alarm> of(Props certificate) {
    return List.of(
        new Alarm(
            "certificate",
            Severity.NOTIFY,
            "The certificate ends in less than 30 days, and ACM did not renew it 60 days before",
            Metric.of(
                "AWS/CertificateManager",
                "DaysToExpiry",
                "Minimum",
                List.of("CertificateArn", certificate.arn())),
            DAY,
            1,
            Bound.lessThan(30),
            Missing.NOT_BREACHING));
  }
}
