package superset.platform.aws;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An IAM policy document, built statement by statement. */
public final class PolicyDocument {

  private final List<Map<String, Object>> statements = new ArrayList<>();

  /** A trust policy: the service may assume the role, on behalf of this account only. */
  public static PolicyDocument trusting(String service, String account, String sourceArn) {
    return new PolicyDocument()
        .add(
            new Statement("Allow", "Trust")
                .service(service)
                .actions("sts:AssumeRole")
                .when("StringEquals", "aws:SourceAccount", account)
                .when("ArnLike", "aws:SourceArn", sourceArn));
  }

  /** A trust policy for services that pass their account and no source ARN: Lambda, Backup. */
  public static PolicyDocument trusting(String service, String account) {
    return new PolicyDocument()
        .add(
            new Statement("Allow", "Trust")
                .service(service)
                .actions("sts:AssumeRole")
                .when("StringEquals", "aws:SourceAccount", account));
  }

  /** Appends a statement. */
  public PolicyDocument add(Statement statement) {
    statements.add(statement.fields);
    return this;
  }

  /** Starts a statement that allows. */
  public static Statement allow(String sid) {
    return new Statement("Allow", sid);
  }

  /** Starts a statement that denies. */
  public static Statement deny(String sid) {
    return new Statement("Deny", sid);
  }

  /** The document as JSON. */
  public String json() {
    return Json.of(Json.object("Version", "2012-10-17", "Statement", statements));
  }

  /** One statement. */
  public static final class Statement {

    private final Map<String, Object> fields = new LinkedHashMap<>();

    private Statement(String effect, String sid) {
      fields.put("Sid", sid);
      fields.put("Effect", effect);
    }

    /** The principal is an AWS service, such as {@code ecs-tasks.amazonaws.com}. */
    public Statement service(String name) {
      return principal("Service", name);
    }

    /**
     * @param kind {@code AWS}, {@code Service} or {@code Federated}
     */
    public Statement principal(String kind, Object value) {
      fields.put("Principal", Json.object(kind, value));
      return this;
    }

    /** Anybody; for denials. */
    public Statement everybody() {
      fields.put("Principal", "*");
      return this;
    }

    public Statement actions(String... actions) {
      fields.put("Action", List.of(actions));
      return this;
    }

    public Statement on(List<String> resources) {
      fields.put("Resource", resources);
      return this;
    }

    public Statement on(String... resources) {
      return on(List.of(resources));
    }

    /** Adds a condition; all conditions must hold. */
    @SuppressWarnings("unchecked")
    public Statement when(String operator, String key, Object value) {
      Map<String, Object> conditions =
          (Map<String, Object>)
              fields.computeIfAbsent("Condition", unused -> new LinkedHashMap<String, Object>());
      Map<String, Object> keys =
          (Map<String, Object>)
              conditions.computeIfAbsent(operator, unused -> new LinkedHashMap<String, Object>());
      keys.put(key, value);
      return this;
    }
  }
}
