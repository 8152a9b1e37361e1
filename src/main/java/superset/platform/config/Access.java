package superset.platform.config;

import java.util.List;

/** Who sees what: teams, and the rows of a table. */
public record Access(List<Team> teams, List<RowFilter> rowLevelSecurity) {

  public Access {
    teams = List.copyOf(teams);
    rowLevelSecurity = List.copyOf(rowLevelSecurity);
  }

  /**
   * People who see the team's data and nothing of another team's.
   *
   * @param group group of the identity provider whose members are the team
   * @param dataSources data sources that the team sees all of
   * @param schemas schemas of other data sources, as {@code SOURCE.SCHEMA}
   */
  public record Team(String name, String group, List<String> dataSources, List<String> schemas) {
    public Team {
      dataSources = List.copyOf(dataSources);
      schemas = List.copyOf(schemas);
    }
  }

  /**
   * Rows of one table that people see.
   *
   * @param clause SQL condition, in which {@code {{ user_attribute(NAME) }}} is the user's own
   * @param roles roles or teams that it is for; none: everybody but Admin
   */
  public record RowFilter(
      String name,
      String dataSource,
      String schema,
      String table,
      String clause,
      List<String> roles) {
    public RowFilter {
      roles = List.copyOf(roles);
    }
  }
}
