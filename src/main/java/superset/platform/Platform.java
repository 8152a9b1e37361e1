package superset.platform;

import com.hashicorp.cdktf.App;
import superset.platform.config.EnvironmentConfig;
import superset.platform.config.RegionConfig;
import superset.platform.stack.BootstrapStack;
import superset.platform.stack.GlobalStack;
import superset.platform.stack.RegionStack;

/**
 * Which stacks an environment consists of. None depends on another as far as CDKTF knows: each
 * deploys alone; {@code make deploy} keeps the order of a first deploy.
 */
public final class Platform {

  private Platform() {}

  public static void addTo(
      App app, EnvironmentConfig environment, BootstrapStack.State bootstrapState) {
    new BootstrapStack(app, environment, bootstrapState);
    for (RegionConfig region : environment.regions()) {
      new RegionStack(app, environment, region);
    }
    new GlobalStack(app, environment);
  }
}
