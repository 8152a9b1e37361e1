package superset.platform;

import com.hashicorp.cdktf.App;
import com.hashicorp.cdktf.Token;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import superset.platform.config.Configuration;
import superset.platform.config.ConfigurationException;
import superset.platform.config.EnvironmentConfig;
import superset.platform.stack.BootstrapStack;

/**
 * Synthesizes the stacks of one environment. Variables:
 *
 * <ul>
 *   <li>{@code SUPERSET_ENVIRONMENT}: folder under {@code regions/}; default {@code prod}
 *   <li>{@code SUPERSET_BOOTSTRAP_STATE}: {@code local} on the very first run of bootstrap; default
 *       {@code s3}
 *   <li>{@code CDKTF_OUTDIR}: set by the CDKTF CLI; default {@code cdktf.out}
 * </ul>
 *
 * Mistakes in the configuration are all reported on standard error; then nothing is written and the
 * exit status is 1.
 */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    Map<String, String> variables = System.getenv();
    CompletableFuture<Void> jsii = CompletableFuture.runAsync(Main::startJsii);
    EnvironmentConfig environment;
    BootstrapStack.State bootstrapState;
    try {
      bootstrapState = bootstrapState(variables.getOrDefault("SUPERSET_BOOTSTRAP_STATE", "s3"));
      environment =
          Configuration.load(
              Path.of("regions"), variables.getOrDefault("SUPERSET_ENVIRONMENT", "prod"));
    } catch (ConfigurationException | IllegalArgumentException e) {
      jsii.join();
      System.err.println(e.getMessage());
      System.exit(1);
      return;
    }
    jsii.join();
    App app = new App();
    Platform.addTo(app, environment, bootstrapState);
    app.synth();
  }

  /** Starts jsii's Node process, which takes as long as reading the configuration does. */
  private static void startJsii() {
    Token.isUnresolved("");
  }

  private static BootstrapStack.State bootstrapState(String text) {
    return switch (text) {
      case "local" -> BootstrapStack.State.LOCAL;
      case "s3" -> BootstrapStack.State.S3;
      default ->
          throw new IllegalArgumentException(
              "SUPERSET_BOOTSTRAP_STATE: \"" + text + "\" is unknown; local or s3 would be right");
    };
  }
}
