package superset.platform.config;

/** Rules over what is kept of the database: the section {@code backups}. */
final class BackupRules {

  private BackupRules() {}

  static void disposableKeepsNothing(Draft draft, Report report) {
    if (draft.platform().flag("disposable") && draft.written().has("backups")) {
      report.add(
          draft.written(),
          "backups",
          "nothing is kept of a disposable environment",
          "remove the section, or write disposable: false");
    }
  }

  /** AWS Backup refuses a backup whose retention is outside its vault's lock. */
  static void daysAreWithinTheLock(Draft draft, Report report) {
    Settings of = draft.platform();
    if (!of.has("backups.lock")) {
      return;
    }
    int kept = of.integer("backups.keep_days");
    int least = of.integer("backups.lock.min_days");
    int most = of.optionalInteger("backups.lock.max_days").orElse(Integer.MAX_VALUE);
    if (most < least) {
      report.add(
          of,
          "backups.lock.max_days",
          most + " is below min_days, " + least,
          "write at least " + least + " or remove it");
    } else if (kept < least || kept > most) {
      report.add(
          of,
          "backups.keep_days",
          kept + " days are outside the vault lock, which wants " + wanted(least, most),
          "write " + wanted(least, most) + " or change the lock");
    }
  }

  private static String wanted(int least, int most) {
    return most == Integer.MAX_VALUE ? least + " or more" : least + " to " + most;
  }
}
