package superset.platform.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * What all regions of an environment share: {@code regions/ENVIRONMENT/platform.yaml}.
 *
 * @param account AWS account id, 12 digits; a deploy into any other account is refused
 * @param owner value of the tag {@code owner}
 * @param costCenter value of the tag {@code cost-center}
 * @param disposable whether the environment's data may be lost: no deletion protection, no final
 *     snapshot, secrets without a recovery window
 * @param domain host name of Superset; each region answers at {@code REGION.DOMAIN} too
 * @param hostedZone the Route 53 zone that the domain lies in
 * @param writer region that owns the primary database
 * @param stateRegion region whose bucket holds the state of bootstrap and global
 * @param timeZone zone of all hours in the configuration, such as {@code Europe/Paris}
 * @param schedule hours in which tasks and database run; absent: always
 * @param budget bound on what the account costs; absent: none
 * @param secrets version numbers of the generated secrets; raising one rotates it
 * @param replicas how regions read from their replicas, and when they stop writing
 * @param objectives what people may expect; dashboards show whether it holds
 * @param tracing how much of what people do is traced; absent: nothing
 * @param canary how often Superset is visited as people visit it; absent: never
 * @param backups what is kept of the database and its content; absent: a disposable environment
 * @param audit trail of the account; absent: none, or not the platform's
 * @param ci repository whose workflows may plan and deploy; absent: no CI roles
 * @param identity what bounds the roles, and who gets a shell
 */
public record PlatformConfig(
    String account,
    String owner,
    String costCenter,
    boolean disposable,
    String domain,
    HostedZone hostedZone,
    String writer,
    String stateRegion,
    String timeZone,
    Optional<WeeklyHours> schedule,
    Optional<Budget> budget,
    SupersetConfig superset,
    SignIn signIn,
    Access access,
    Admin admin,
    SecretVersions secrets,
    Replicas replicas,
    Alerts alerts,
    Objectives objectives,
    Optional<Tracing> tracing,
    Optional<Canary> canary,
    Optional<Backups> backups,
    Optional<Audit> audit,
    Optional<Ci> ci,
    Identity identity) {

  /** Whether the canary signs in: where a provider does that, it knows no canary. */
  public boolean canarySignsIn() {
    return canary.isPresent() && signIn.oidc().isEmpty();
  }

  /** The break-glass administrator; its password is generated into {@code superset/admin}. */
  public record Admin(String username, String email) {}

  /** Versions of the secrets that {@code superset-secrets} generates, each 1 or more. */
  public record SecretVersions(int dbCredentials, int secretKey, int admin, int canary) {}

  /**
   * @param maxLag seconds; a replica that is further behind the writer is not read
   * @param stopWritesWhenIsolated whether a region that no other one can be seen from writes
   *     nothing
   */
  public record Replicas(int maxLag, boolean stopWritesWhenIsolated) {}

  /**
   * @param email addresses that alarms are sent to
   * @param slack channel that they are told in too; absent: none
   */
  public record Alerts(List<String> email, Optional<Slack> slack) {
    public Alerts {
      email = List.copyOf(email);
    }
  }

  /**
   * @param workspace id, such as {@code T0123ABCDEF}
   * @param channel id, such as {@code C0123ABCDEF}
   */
  public record Slack(String workspace, String channel) {}

  /**
   * @param monthlyUsd USD
   * @param alertAt percent of it, at each of which a mail is sent
   * @param forecast whether one is sent too when the month is forecast to end above it
   */
  public record Budget(int monthlyUsd, List<Integer> alertAt, boolean forecast) {
    public Budget {
      alertAt = List.copyOf(alertAt);
    }
  }

  /**
   * @param availability percent of the requests in thirty days that are answered without a 5xx
   * @param dashboardMs milliseconds in which a dashboard is to be loaded
   * @param dashboardPercent percent of the loads in thirty days that are to be no slower
   */
  public record Objectives(BigDecimal availability, int dashboardMs, BigDecimal dashboardPercent) {}

  /**
   * @param sample share of the requests that are traced, above 0 and up to 1
   */
  public record Tracing(BigDecimal sample) {}

  /**
   * @param minutes from one visit to the next, 2 to 5
   */
  public record Canary(int minutes) {}

  /**
   * @param keepDays days that a daily backup and its copy are kept
   * @param exportDays days that a weekly export is kept
   * @param lock absent: backups can be deleted
   */
  public record Backups(int keepDays, int exportDays, Optional<Lock> lock) {
    /**
     * Vault lock.
     *
     * @param minDays least days that a backup is kept
     * @param maxDays most days
     * @param changeableDays days in which the lock can still be changed, then never again; absent:
     *     it can be lifted
     */
    public record Lock(int minDays, Optional<Integer> maxDays, Optional<Integer> changeableDays) {}
  }

  /**
   * @param keepDays days that the files of the trail are kept
   */
  public record Audit(int keepDays) {}

  /**
   * @param repository GitHub repository, {@code OWNER/NAME}
   * @param branch branch that may deploy
   */
  public record Ci(String repository, String branch) {}

  /**
   * @param permissionsBoundary ARN of the policy that bounds every role; absent: none
   * @param breakGlass ARNs, with wildcards, of who may take the role that opens a shell in a task;
   *     empty: there is no such role
   */
  public record Identity(Optional<String> permissionsBoundary, List<String> breakGlass) {
    public Identity {
      breakGlass = List.copyOf(breakGlass);
    }
  }

  /**
   * @param name apex of the zone, such as {@code example.com}
   * @param mode who makes the zone
   */
  public record HostedZone(String name, Mode mode) {
    /** Who makes the zone and its records. */
    public enum Mode {
      /** Bootstrap makes the zone; delegate it at the registrar before the first region. */
      CREATE,
      /** The zone exists in the account and is looked up. */
      EXISTING,
      /** DNS is elsewhere: no records are made, every region is given its certificate's ARN. */
      EXTERNAL
    }

    /** Whether records are made in Route 53. */
    public boolean inRoute53() {
      return mode != Mode.EXTERNAL;
    }
  }
}
