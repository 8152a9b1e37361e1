package superset.platform.config;

import java.util.List;

/** The rules between keys and between files: everything that a schema cannot say. */
final class Rules {

  /** A rule that looks at one region at a time. */
  interface OfRegion {
    void check(Draft.Region region, Draft draft, Report report);
  }

  /** A rule that looks at the environment as a whole. */
  interface OfEnvironment {
    void check(Draft draft, Report report);
  }

  private static final List<OfEnvironment> OF_ENVIRONMENT =
      List.of(
          PlatformRules::environmentNameFits,
          PlatformRules::writerIsConfigured,
          PlatformRules::stateRegionIsConfigured,
          ScheduleRules::timeZoneExists,
          ScheduleRules::productionNeverStops,
          ScheduleRules::replicasNeverStop,
          ScheduleRules::runningHoursAreUsable,
          PlatformRules::budgetReachesEverybody,
          PlatformRules::domainLiesInItsZone,
          PlatformRules::productionKeepsItsData,
          BackupRules::disposableKeepsNothing,
          BackupRules::daysAreWithinTheLock,
          SupersetRules::rowLimitsAreInOrder,
          SupersetRules::mailStartsTls,
          SupersetRules::workersDoIt,
          IdentityRules::principalsAreTheAccounts,
          IdentityRules::shellIsPossible,
          AccessRules::signInIsComplete,
          AccessRules::databaseNeedsNoProvider,
          AccessRules::teamsHaveNamesOfTheirOwn,
          AccessRules::teamsNameSourcesThatExist,
          AccessRules::rowFiltersHaveNamesOfTheirOwn,
          AccessRules::rowFiltersNameSourcesThatExist,
          TaskRules::workersHaveACache,
          NetworkRules::blocksDoNotOverlap,
          ConnectionBudget::fits);

  private static final List<OfRegion> OF_REGION =
      List.of(
          NetworkRules::regionExists,
          NetworkRules::fileNamesItsRegion,
          NetworkRules::zonesAreTheRegions,
          NetworkRules::blockIsUsable,
          NetworkRules::certificateIsTheRegions,
          NetworkRules::certificateIsGivenWhereDnsIsElsewhere,
          NetworkRules::healthPathIsForwarded,
          NetworkRules::egressNamesBlocks,
          TaskRules::webExists,
          TaskRules::workerExists,
          TaskRules::beatExists,
          TaskRules::initExists,
          ScheduleRules::webHoursAreUsable,
          ScheduleRules::workerHoursAreUsable,
          ScheduleRules::databaseIsBackedUpWhileItRuns,
          TaskRules::productionServesWithoutAZone,
          TaskRules::threadsFindAConnection,
          DatabaseRules::classExists,
          DatabaseRules::storageCanGrow,
          DatabaseRules::speedIsOffered,
          DatabaseRules::windowsAreApart,
          DatabaseRules::connectionsAreAllowed,
          DatabaseRules::replicaFollowsTheWriter,
          DatabaseRules::productionHasAStandby,
          CacheRules::nodeTypeExists,
          CacheRules::productionFailsOver,
          WafRules::loginsAreFewer,
          WafRules::hostsAreTheRegions,
          TimeoutRules::chainHolds,
          TimeoutRules::poolGivesUpFirst);

  private Rules() {}

  static void check(Draft draft, Report report) {
    for (OfEnvironment rule : OF_ENVIRONMENT) {
      guarded(() -> rule.check(draft, report));
    }
    for (Draft.Region region : draft.regions()) {
      for (OfRegion rule : OF_REGION) {
        guarded(() -> rule.check(region, draft, report));
      }
      guarded(() -> DataSourceRules.check(region, draft, report));
    }
  }

  /** Runs a check that is passed over where what it looks at is already reported. */
  static void guarded(Runnable check) {
    try {
      check.run();
    } catch (Settings.Unknown reported) {
      // The value that is missing or wrong has its own line in the report.
    }
  }
}
