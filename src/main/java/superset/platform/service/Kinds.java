package superset.platform.service;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The kinds of tasks that there are. */
final class Kinds {

  static final Task.Kind WEB =
      new Task.Kind(
          "web",
          "superset-app",
          "superset",
          Optional.of(SupersetServices.WEB_PORT),
          answers(SupersetServices.WEB_PORT));

  static final Task.Kind WORKER =
      new Task.Kind(
          "worker", "superset-worker", "superset", Optional.empty(), signOfLife("worker"));

  static final Task.Kind BEAT =
      new Task.Kind("beat", "superset-beat", "superset", Optional.empty(), signOfLife("beat"));

  /** Ends by itself. */
  static final Task.Kind INIT =
      new Task.Kind("init", "superset-init", "superset-init", Optional.empty(), Optional.empty());

  static final Task.Kind WEBSOCKET =
      new Task.Kind(
          "websocket",
          "superset-websocket",
          "superset",
          Optional.of(SupersetServices.WEBSOCKET_PORT),
          answers(SupersetServices.WEBSOCKET_PORT));

  /** Those that are Superset; a websocket task only reads Redis. */
  static final Set<Task.Kind> SUPERSET = Set.of(WEB, WORKER, BEAT, INIT);

  /**
   * Those that connect to data sources. init does, because Superset's migrations ask the registered
   * databases for their catalogs and schemas (superset/migrations/shared/catalogs.py).
   */
  static final Set<Task.Kind> QUERYING = Set.of(WEB, WORKER, INIT);

  /** Those in which people wait for an answer. */
  static final Set<Task.Kind> TRACED = Set.of(WEB, WORKER);

  static final Set<Task.Kind> ALL = Set.of(WEB, WORKER, BEAT, INIT, WEBSOCKET);

  private Kinds() {}

  private static Optional<List<String>> answers(int port) {
    return Optional.of(
        List.of("CMD-SHELL", "curl -f http://localhost:" + port + "/health || exit 1"));
  }

  /** Who listens to nobody leaves a sign of life, which src/main/superset looks at. */
  private static Optional<List<String>> signOfLife(String kind) {
    return Optional.of(List.of("CMD", "python", "-m", "superset_aws.health", kind));
  }
}
