package superset.platform.service;

import java.util.List;
import java.util.Map;
import superset.platform.aws.Json;

/**
 * The container beside one that is traced: takes its spans on the loopback interface and sends them
 * to X-Ray. Where it ends, traces end; the task goes on.
 */
final class Collector {

  /**
   * AWS Distro for OpenTelemetry Collector 0.48.0 (public.ecr.aws/aws-observability), copied into
   * the region's own repository: tasks start while the internet is gone.
   */
  static final String DIGEST =
      "sha256:9b28046359054b414f4ba76056ba4e8cffda2d53fbcee06171d7eeecd71326c3";

  /** Where it takes spans, OTLP over HTTP. */
  static final String URL = "http://localhost:4318";

  /** MiB of the task's memory, beyond which it is killed. */
  private static final int MEMORY = 256;

  /** MiB beyond which it refuses spans. */
  private static final int SPANS_MEMORY = 128;

  private Collector() {}

  /** Its definition in a task. */
  static Map<String, Object> container(
      String image, String region, Map<String, Object> logConfiguration) {
    return Json.object(
        "name",
        "collector",
        "image",
        image,
        "essential",
        false,
        "memory",
        MEMORY,
        "environment",
        List.of(Json.object("name", "AOT_CONFIG_CONTENT", "value", Json.of(configuration(region)))),
        "logConfiguration",
        logConfiguration,
        "readonlyRootFilesystem",
        true);
  }

  /** Of OpenTelemetry's collector, whose YAML may be JSON. */
  private static Map<String, Object> configuration(String region) {
    return Json.object(
        "receivers",
        Json.object(
            "otlp",
            Json.object(
                "protocols",
                Json.object("http", Json.object("endpoint", URL.replace("http://", ""))))),
        "processors",
        Json.object(
            "memory_limiter",
            Json.object("check_interval", "1s", "limit_mib", SPANS_MEMORY),
            "batch",
            Json.object("timeout", "1s")),
        "exporters",
        Json.object("awsxray", Json.object("region", region)),
        "service",
        Json.object(
            "pipelines",
            Json.object(
                "traces",
                Json.object(
                    "receivers", List.of("otlp"),
                    "processors", List.of("memory_limiter", "batch"),
                    "exporters", List.of("awsxray")))));
  }
}
