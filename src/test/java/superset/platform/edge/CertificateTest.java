package superset.platform.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

class CertificateTest {

  private static final Names NAMES = new Names("prod", "123456789012");

  private final AtomicReference<Certificate> built = new AtomicReference<>();

  @Test
  void usesTheCertificateThatIsGivenAndMakesNone() {
    Synthesized certificate = certificate(Optional.of("arn:given"));

    assertThat(certificate.types()).isEmpty();
    assertThat(built.get().arn()).isEqualTo("arn:given");
  }

  @Test
  void coversTheDomainAndTheRegionsOwnNames() {
    JsonNode certificate = certificate(Optional.empty()).resource("aws_acm_certificate");

    assertThat(certificate.path("domain_name").asText()).isEqualTo("analytics.example.com");
    assertThat(Synthesized.texts(certificate.path("subject_alternative_names")))
        .containsExactly("*.analytics.example.com");
    assertThat(certificate.path("lifecycle").path("create_before_destroy").asBoolean()).isTrue();
  }

  @Test
  void waitsForTheRecordThatExistsAlreadyAndMakesNone() {
    Synthesized certificate = certificate(Optional.empty());

    assertThat(certificate.resources("aws_route53_record")).isEmpty();
    assertThat(certificate.resource("aws_acm_certificate_validation").path("timeouts"))
        .hasToString("{\"create\":\"20m\"}");
  }

  @Test
  void provesTheDomainByOneRecordWhateverTheNumberOfNames() {
    Synthesized validation =
        Synthesized.of(
            stack ->
                new DomainValidation(
                    stack,
                    "validation",
                    new DomainValidation.Props("analytics.example.com", "Z1", NAMES)));
    JsonNode record = validation.resource("aws_route53_record");

    assertThat(record.path("zone_id").asText()).isEqualTo("Z1");
    assertThat(record.path("name").asText())
        .startsWith("${one(distinct(aws_acm_certificate.")
        .endsWith(".domain_validation_options[*].resource_record_name))}");
    assertThat(record.path("records")).hasSize(1);
  }

  @Test
  void asksForTheSameNamesInBootstrapAsInTheRegions() {
    JsonNode bootstrap =
        Synthesized.of(
                stack ->
                    new DomainValidation(
                        stack,
                        "validation",
                        new DomainValidation.Props("analytics.example.com", "Z1", NAMES)))
            .resource("aws_acm_certificate");

    JsonNode region = certificate(Optional.empty()).resource("aws_acm_certificate");

    for (String asked :
        new String[] {"domain_name", "subject_alternative_names", "validation_method"}) {
      assertThat(bootstrap.path(asked)).as(asked).isEqualTo(region.path(asked));
    }
    assertThat(Synthesized.name(bootstrap)).isNotEqualTo(Synthesized.name(region));
  }

  private Synthesized certificate(Optional<String> given) {
    return Synthesized.of(
        stack ->
            built.set(
                new Certificate(
                    stack,
                    "certificate",
                    new Certificate.Props(given, "analytics.example.com", NAMES))));
  }
}
