package superset.platform.config;

/** Rules over {@code identity}: what bounds roles, and who gets a shell in a task. */
final class IdentityRules {

  private static final String BOUNDARY = "identity.permissions_boundary";
  private static final String BREAK_GLASS = "identity.break_glass";

  private IdentityRules() {}

  /** IAM takes no boundary of another account, and the role is for the account's own people. */
  static void principalsAreTheAccounts(Draft draft, Report report) {
    Settings of = draft.platform();
    String own = "arn:aws:iam::" + of.text("account") + ":";
    Rules.guarded(
        () -> {
          if (of.has(BOUNDARY)) {
            isOwn(of.text(BOUNDARY), BOUNDARY, own, of, report);
          }
        });
    Rules.guarded(
        () -> of.textsOrNone(BREAK_GLASS).forEach(arn -> isOwn(arn, BREAK_GLASS, own, of, report)));
  }

  private static void isOwn(String arn, String key, String own, Settings of, Report report) {
    if (!arn.startsWith(own)) {
      report.add(of, key, arn + " is of another account", "write an ARN that begins with " + own);
    }
  }

  static void shellIsPossible(Draft draft, Report report) {
    Settings of = draft.platform();
    if (of.has(BREAK_GLASS)
        && draft.regions().stream().noneMatch(region -> region.settings().flag("exec"))) {
      report.add(
          of,
          BREAK_GLASS,
          "no region has exec, so there is no shell to open",
          "remove it, or write exec: true for a region");
    }
  }
}
