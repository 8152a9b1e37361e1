package superset.platform.database;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.Precondition;
import com.hashicorp.cdktf.providers.aws.ssm_parameter.SsmParameter;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.config.Names;
import superset.platform.guard.IgnoredChanges;

/**
 * Where the writer is: {@code {region, host, port}}. Terraform makes it with a placeholder; the
 * function {@code superset-secrets} fills that in, {@code superset-promote} changes it.
 */
public final class WriterParameter extends Construct {

  /** Region of the placeholder. */
  public static final String UNSET = "unset";

  public record Props(Names names) {}

  private final SsmParameter parameter;

  public WriterParameter(Construct scope, String id, Props props) {
    super(scope, id);
    this.parameter =
        SsmParameter.Builder.create(this, "writer")
            .name(props.names().writerParameter())
            .description("Region, host and port of the primary database")
            .type("String")
            .insecureValue(Json.of(Json.object("region", UNSET, "host", UNSET, "port", 0)))
            .tags(Map.of("Name", props.names().writerParameter()))
            .lifecycle(IgnoredChanges.WRITER_PARAMETER.lifecycle())
            .build();
  }

  public String arn() {
    return parameter.getArn();
  }

  /** For resources that come after it. */
  public ITerraformDependable dependable() {
    return parameter;
  }

  /**
   * Holds where the region that the configuration calls the writer is the one that is: editing YAML
   * must never promote a replica or demote a primary.
   *
   * @param writer the writer by the configuration
   */
  public Precondition agreesWith(String writer) {
    // An imported parameter has its value under the other name alone.
    String json =
        "coalesce(%1$s.insecure_value, nonsensitive(%1$s.value))".formatted(parameter.getFqn());
    String actual = "jsondecode(" + json + ").region";
    return Precondition.builder()
        .condition("${contains([\"" + UNSET + "\", \"" + writer + "\"], " + actual + ")}")
        .errorMessage(
            "The configuration says that "
                + writer
                + " is the writer, but /superset/writer says ${"
                + actual
                + "}. Write that region into platform.yaml; to move the writer, invoke"
                + " superset-promote first.")
        .build();
  }
}
