package superset.platform.config;

import java.util.List;
import java.util.Set;

/** Rules over how Superset behaves: the section {@code superset}. */
final class SupersetRules {

  /** Ports of SMTP that begin with TLS instead of STARTTLS (Amazon SES Developer Guide). */
  private static final Set<Integer> WRAPPED_IN_TLS = Set.of(465, 2465);

  /** What is done by workers, whose queue lies in Redis. */
  private static final List<String> OF_WORKERS =
      List.of("ALERT_REPORTS", "GLOBAL_ASYNC_QUERIES", "THUMBNAILS");

  private SupersetRules() {}

  static void rowLimitsAreInOrder(Draft draft, Report report) {
    Settings of = draft.platform();
    int most = of.integer("superset.rows.sql_lab_max");
    for (String key : List.of("chart", "sql_lab", "samples")) {
      Rules.guarded(
          () -> {
            int rows = of.integer("superset.rows." + key);
            if (rows > most) {
              report.add(
                  of,
                  "superset.rows." + key,
                  rows + " is above sql_lab_max, " + most + ", which bounds every query",
                  "write at most " + most + " or raise sql_lab_max");
            }
          });
    }
  }

  static void mailStartsTls(Draft draft, Report report) {
    Settings of = draft.platform();
    if (!of.has("superset.email")) {
      return;
    }
    int port = of.integer("superset.email.port");
    if (WRAPPED_IN_TLS.contains(port)) {
      report.add(
          of,
          "superset.email.port",
          port + " begins with TLS, and mail is sent with STARTTLS",
          "write 587 or 2587");
    }
  }

  /** Without Redis in any region there is no worker that could do it. */
  static void workersDoIt(Draft draft, Report report) {
    if (draft.regions().isEmpty() || draft.regions().stream().anyMatch(Draft::hasCache)) {
      return;
    }
    Settings of = draft.platform();
    Rules.guarded(
        () -> {
          if (of.flag("superset.websocket")) {
            withoutCache("websocket", "tells of what workers did", of, report);
          }
        });
    Rules.guarded(
        () -> {
          if (of.has("superset.email")) {
            withoutCache("email", "is for reports, which workers send", of, report);
          }
        });
    for (String flag : OF_WORKERS) {
      String key = "feature_flags." + flag;
      Rules.guarded(
          () -> {
            if (of.has("superset." + key) && of.flag("superset." + key)) {
              withoutCache(key, "is done by workers", of, report);
            }
          });
    }
  }

  private static void withoutCache(String key, String why, Settings of, Report report) {
    report.add(
        of,
        "superset." + key,
        why + ", and without Redis there are none",
        "add cache or remove " + key);
  }
}
