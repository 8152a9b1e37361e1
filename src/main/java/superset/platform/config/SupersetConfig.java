package superset.platform.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The image that runs, and how Superset behaves: the section {@code superset}.
 *
 * @param version Superset release, such as {@code 6.1.0}
 * @param imageDigest digest ({@code sha256:...}) of the image in the environment's own repository
 * @param examples whether {@code superset-init} loads an example dashboard
 * @param featureFlags Superset's feature flags, over those that the platform sets
 * @param rateLimit requests per second and client address
 * @param eventLogDays days that rows of the event log are kept
 * @param queryComments kinds of data sources whose SQL names the request that it is for
 * @param embeddingDomains origins whose pages may embed dashboards; none: no page may
 * @param email absent: no mail
 * @param websocket whether finished charts are announced over {@code /ws}
 */
public record SupersetConfig(
    String version,
    String imageDigest,
    boolean examples,
    SortedMap<String, Boolean> featureFlags,
    ChartCache cache,
    Rows rows,
    int rateLimit,
    String logLevel,
    int eventLogDays,
    List<String> queryComments,
    Optional<Branding> branding,
    List<String> embeddingDomains,
    Optional<Email> email,
    boolean websocket) {

  public SupersetConfig {
    featureFlags = Collections.unmodifiableSortedMap(featureFlags);
    queryComments = List.copyOf(queryComments);
    embeddingDomains = List.copyOf(embeddingDomains);
  }

  /**
   * How long the data of charts is cached.
   *
   * @param timeout seconds
   * @param dashboards seconds for all charts of a dashboard, by its slug
   */
  public record ChartCache(int timeout, SortedMap<String, Integer> dashboards) {
    public ChartCache {
      dashboards = Collections.unmodifiableSortedMap(dashboards);
    }
  }

  /**
   * Rows that a query may return.
   *
   * @param chart of a chart
   * @param sqlLab of a query in SQL Lab unless its user asks for another number
   * @param sqlLabMax of any query whatever
   * @param samples of a dataset's samples
   */
  public record Rows(int chart, int sqlLab, int sqlLabMax, int samples) {}

  /**
   * How Superset presents itself.
   *
   * @param logo address or path of the logo
   * @param theme tokens of the theme, in the order of the file
   */
  public record Branding(Optional<String> name, Optional<String> logo, Map<String, Object> theme) {
    public Branding {
      theme = Collections.unmodifiableMap(new LinkedHashMap<>(theme));
    }
  }

  /**
   * SMTP server with STARTTLS; its login is in the secret {@code superset/email}.
   *
   * @param from address of the sender
   */
  public record Email(String host, int port, String from) {}
}
