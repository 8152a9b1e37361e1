package superset.platform.security;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.secretsmanager_secret.SecretsmanagerSecret;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.config.Names;

/**
 * Secrets without a value. Terraform makes the containers; the function {@code superset-secrets}
 * fills those that are generated, people fill those of what is not ours: identity provider, mail
 * server, data sources.
 */
public final class SecretContainers extends Construct {

  /** {username, password} of the metadata database. */
  public static final String DB_CREDENTIALS = "db-credentials";

  /** {key, previous} of Superset's SECRET_KEY. */
  public static final String SECRET_KEY = "secret-key";

  /** {username, password} of the break-glass administrator. */
  public static final String ADMIN = "admin";

  /** {username, password} of the canary. */
  public static final String CANARY = "canary";

  /** {client_secret} of Superset at the identity provider. */
  public static final String SIGN_IN = "sign-in";

  /** {username, password} of the mail server. */
  public static final String EMAIL = "email";

  /**
   * @param canary whether a canary signs in
   * @param signIn whether people sign in at an identity provider
   * @param email whether mail is sent
   * @param dataSources names of the data sources that have a login, each a secret of its own
   * @param disposable whether a destroyed secret is gone at once instead of after 30 days
   */
  public record Props(
      boolean canary,
      boolean signIn,
      boolean email,
      List<String> dataSources,
      String keyArn,
      boolean disposable,
      Names names) {}

  private final Map<String, SecretsmanagerSecret> secrets = new LinkedHashMap<>();

  public SecretContainers(Construct scope, String id, Props props) {
    super(scope, id);
    add(DB_CREDENTIALS, "Metadata database of Superset: username, password", props);
    add(SECRET_KEY, "SECRET_KEY of Superset: key, previous", props);
    add(ADMIN, "Break-glass administrator of Superset: username, password", props);
    if (props.canary()) {
      add(CANARY, "Canary of Superset: username, password", props);
    }
    if (props.signIn()) {
      add(SIGN_IN, "Superset at the identity provider: client_secret", props);
    }
    if (props.email()) {
      add(EMAIL, "Mail server: username, password", props);
    }
    props
        .dataSources()
        .forEach(name -> add(dataSource(name), "Credentials of data source " + name, props));
  }

  /** Purpose of a data source's secret. */
  public static String dataSource(String name) {
    return "data-sources/" + name;
  }

  /** ARN of a secret by its purpose, such as {@link #ADMIN}. */
  public String arn(String purpose) {
    return secrets.get(purpose).getArn();
  }

  /** The same for a secret that may not be configured. */
  public Optional<String> find(String purpose) {
    return Optional.ofNullable(secrets.get(purpose)).map(SecretsmanagerSecret::getArn);
  }

  /** ARNs of all secrets. */
  public List<String> arns() {
    List<String> arns = new ArrayList<>();
    secrets.values().forEach(secret -> arns.add(secret.getArn()));
    return arns;
  }

  /** For resources that come after the containers. */
  public List<ITerraformDependable> dependables() {
    return List.copyOf(secrets.values());
  }

  private void add(String purpose, String description, Props props) {
    String name = props.names().secret(purpose);
    secrets.put(
        purpose,
        SecretsmanagerSecret.Builder.create(this, purpose.replace('/', '-'))
            .name(name)
            .description(description)
            .kmsKeyId(props.keyArn())
            .recoveryWindowInDays(props.disposable() ? 0 : 30)
            .tags(Map.of("Name", name))
            .build());
  }
}
