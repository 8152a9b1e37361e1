package superset.platform.guard;

import java.util.Map;

/**
 * What a plan may show of a database that was promoted, after {@code writer:} was changed in the
 * YAML: the arguments that a primary is given and a replica is not, and what becomes of each.
 * Nothing else differs, and nothing is replaced.
 */
public final class PromotionChanges {

  private static final String AS_IT_IS = "no change: the instance has it from its source";
  private static final String AS_PROMOTED = "no change: superset-promote gave it";
  private static final String IN_STATE = "in place: concerns a later destroy only";

  /** RDS API Reference, ModifyDBInstance: a major version alone never lowers the minor one. */
  private static final String MINOR =
      "in place: the major version where the state has the minor one; the instance keeps it, or"
          + " gets the default one if that is higher";

  private static final String IGNORED = "no change: ignored, see IgnoredChanges.DATABASE";

  /** Argument to what a plan shows of it. */
  public static final Map<String, String> OF_DATABASE =
      Map.ofEntries(
          Map.entry("replicate_source_db", "no change: a promoted instance has none"),
          Map.entry("engine", AS_IT_IS),
          Map.entry("engine_version", MINOR),
          Map.entry("db_name", AS_IT_IS),
          Map.entry("username", AS_IT_IS),
          Map.entry("allocated_storage", AS_IT_IS + ", or grown by autoscaling"),
          Map.entry("backup_retention_period", AS_PROMOTED),
          Map.entry("backup_window", AS_PROMOTED),
          Map.entry("skip_final_snapshot", IN_STATE),
          Map.entry("final_snapshot_identifier", IN_STATE),
          Map.entry("password_wo", IGNORED),
          Map.entry("password_wo_version", IGNORED));

  private PromotionChanges() {}
}
