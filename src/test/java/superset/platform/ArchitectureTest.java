package superset.platform;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import software.constructs.Construct;

/** Imports point downwards only; a building block knows no sibling. */
@AnalyzeClasses(
    packages = "superset.platform",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  private static final String[] BLOCKS = {
    "superset.platform.audit..",
    "superset.platform.backup..",
    "superset.platform.cache..",
    "superset.platform.cost..",
    "superset.platform.database..",
    "superset.platform.dns..",
    "superset.platform.edge..",
    "superset.platform.network..",
    "superset.platform.observability..",
    "superset.platform.operations..",
    "superset.platform.security..",
    "superset.platform.service..",
    "superset.platform.storage.."
  };

  @ArchTest
  static final ArchRule importsPointDownwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("main")
          .definedBy("superset.platform")
          .layer("stack")
          .definedBy("superset.platform.stack..")
          .layer("blocks")
          .definedBy(BLOCKS)
          .layer("guard")
          .definedBy("superset.platform.guard..")
          .layer("config")
          .definedBy("superset.platform.config..")
          .layer("aws")
          .definedBy("superset.platform.aws..")
          .whereLayer("main")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("stack")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("blocks")
          .mayOnlyBeAccessedByLayers("stack")
          .whereLayer("guard")
          .mayOnlyBeAccessedByLayers("main", "stack", "blocks")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("main", "stack", "blocks", "guard")
          .whereLayer("aws")
          .mayOnlyBeAccessedByLayers("main", "stack", "blocks", "guard");

  @ArchTest
  static final ArchRule blocksKnowNoSibling =
      slices()
          .matching("superset.platform.(*)..")
          .should()
          .notDependOnEachOther()
          .ignoreDependency(resideInAPackage("superset.platform.stack.."), alwaysTrue())
          .ignoreDependency(alwaysTrue(), resideInAPackage("superset.platform.config.."))
          .ignoreDependency(alwaysTrue(), resideInAPackage("superset.platform.guard.."))
          .ignoreDependency(alwaysTrue(), resideInAPackage("superset.platform.aws.."));

  @ArchTest
  static final ArchRule everyPackageBelongsToALayer =
      classes()
          .should()
          .resideInAnyPackage(
              concat(
                  BLOCKS,
                  "superset.platform",
                  "superset.platform.stack..",
                  "superset.platform.guard..",
                  "superset.platform.config..",
                  "superset.platform.aws.."));

  @ArchTest
  static final ArchRule constructsAreFinal =
      classes()
          .that()
          .areAssignableTo(Construct.class)
          .and()
          .doNotHaveSimpleName("PlatformStack")
          .should()
          .haveModifier(JavaModifier.FINAL);

  @ArchTest
  static final ArchRule nothingStaticChanges = fields().that().areStatic().should().beFinal();

  private static String[] concat(String[] some, String... more) {
    String[] all = java.util.Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }
}
