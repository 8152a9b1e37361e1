package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_query_definition.CloudwatchQueryDefinition;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import software.constructs.Construct;
import superset.platform.config.Names;

/** What people ask the logs again and again, saved in CloudWatch Logs Insights. */
public final class LogQueries extends Construct {

  /** A slow request, and a slow query, from so many milliseconds on. */
  private static final int SLOW_MS = 2000;

  private static final List<String> EVERYTHING = List.of("web", "worker", "beat", "init");
  private static final List<String> WORKING = List.of("web", "worker");

  /**
   * @param logs kinds of tasks whose log groups are asked; those that do not run are left out
   */
  private record Query(String name, List<String> logs, String text) {}

  private static final List<Query> QUERIES =
      List.of(
          new Query(
              "errors",
              EVERYTHING,
              """
              fields @timestamp, @log, level, logger, message, request_id
              | filter level in ["ERROR", "CRITICAL"]
              | sort @timestamp desc
              | limit 200"""),
          new Query(
              "errors-by-request",
              WORKING,
              """
              filter level in ["ERROR", "CRITICAL"] and request_id like "="
              | stats count(*) as lines, latest(logger) as source, latest(message) as said
                  by request_id
              | sort lines desc
              | limit 200"""),
          new Query(
              "failed-logins",
              List.of("web"),
              """
              filter message = "sign-in refused"
              | stats count(*) as times, latest(@timestamp) as last by user, address
              | sort times desc
              | limit 200"""),
          new Query(
              "one-request",
              WORKING,
              """
              fields @timestamp, @log, level, logger, message, action, request_id
              | filter request_id like "ROOT"
              | sort @timestamp asc
              | limit 1000"""),
          new Query(
              "slow-queries-by-data-source",
              WORKING,
              """
              filter ispresent(DataSource) and QueryExecutionTime >= %d
              | stats count(*) as queries, pct(QueryExecutionTime, 95) as p95,
                  max(QueryExecutionTime) as slowest by DataSource
              | sort p95 desc"""
                  .formatted(SLOW_MS)),
          new Query(
              "slow-requests",
              WORKING,
              """
              fields @timestamp, action, duration_ms, user_id, dashboard_id, slice_id, request_id
              | filter logger = "superset.events" and duration_ms >= %d
              | sort duration_ms desc
              | limit 200"""
                  .formatted(SLOW_MS)),
          new Query(
              "who-did-what",
              WORKING,
              """
              fields @timestamp, user_id, action, dashboard_id, slice_id, referrer, request_id
              | filter logger = "superset.events" and user_id > 0
              | sort @timestamp desc
              | limit 1000"""));

  /**
   * @param logGroups names by kind of task
   */
  public record Props(SortedMap<String, String> logGroups, Names names) {}

  public LogQueries(Construct scope, String id, Props props) {
    super(scope, id);
    QUERIES.forEach(query -> save(query, props));
  }

  private void save(Query query, Props props) {
    CloudwatchQueryDefinition.Builder.create(this, query.name())
        .name(props.names().platform() + "/" + query.name())
        .logGroupNames(
            query.logs().stream().map(props.logGroups()::get).filter(Objects::nonNull).toList())
        .queryString(query.text())
        .build();
  }
}
