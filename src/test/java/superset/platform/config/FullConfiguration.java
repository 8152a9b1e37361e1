package superset.platform.config;

import java.nio.file.Path;

/** The environment under {@code src/test/full-regions}, in which all of Superset is configured. */
public final class FullConfiguration {

  private FullConfiguration() {}

  /** Reads it. */
  public static EnvironmentConfig load() throws ConfigurationException {
    return Configuration.load(
        Path.of("regions/schema.json"), Path.of("src/test/full-regions"), "prod");
  }
}
