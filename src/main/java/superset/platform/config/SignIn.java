package superset.platform.config;

import java.util.List;
import java.util.Optional;

/**
 * How people sign in.
 *
 * @param oidc the identity provider; absent: users and passwords of Superset's own database
 */
public record SignIn(Optional<Oidc> oidc) {

  /** {@code database} or {@code oidc}. */
  public String kind() {
    return oidc.isPresent() ? "oidc" : "database";
  }

  /**
   * A provider of OpenID Connect; its client secret is in the secret {@code superset/sign-in}.
   *
   * @param provider google, okta, entra, keycloak, cognito or other
   * @param issuer its address, https
   * @param clientId id of Superset at the provider
   * @param groupsClaim claim that lists a user's groups; absent: the provider's own
   * @param attributes claims that row-level security may ask for
   * @param roles which roles the members of a group get
   * @param defaultRoles roles of everybody who signs in
   */
  public record Oidc(
      String provider,
      String issuer,
      String clientId,
      List<String> scopes,
      Optional<String> groupsClaim,
      List<String> attributes,
      List<RoleMapping> roles,
      List<String> defaultRoles) {
    public Oidc {
      scopes = List.copyOf(scopes);
      attributes = List.copyOf(attributes);
      roles = List.copyOf(roles);
      defaultRoles = List.copyOf(defaultRoles);
    }
  }

  /**
   * @param group as the provider's claim names it
   * @param roles names of roles in Superset
   */
  public record RoleMapping(String group, List<String> roles) {
    public RoleMapping {
      roles = List.copyOf(roles);
    }
  }
}
