package kintsugi;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.text.DecimalFormat;
import java.util.Formatter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The one direction of the data: a package imports only packages above it in the list. */
class ArchitectureTest {
  private static final List<String> ORDER =
      List.of(
          "tensor",
          "image",
          "weights",
          "engine",
          "engine.scalar",
          "engine.vector",
          "backbone",
          "scoremap",
          "metric",
          "dataset",
          "detector",
          "padim",
          "patchcore",
          "experiment",
          "learn",
          "interop",
          "audit",
          "mark",
          "lesson",
          "report",
          "serve",
          "cli");

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("kintsugi");
  }

  /** They take 80 MB, and all tests run in one process. */
  @AfterAll
  static void forget() {
    classes = null;
  }

  @Test
  void everyPackageHasItsPlace() {
    List<String> packages =
        classes.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> !name.equals("kintsugi"))
            .map(name -> name.substring("kintsugi.".length()))
            .distinct()
            .toList();
    assertThat(packages).containsExactlyInAnyOrderElementsOf(ORDER);
  }

  /** Of {@link Math}'s functions these may have other last bits on another JVM. */
  @Test
  void whatScoresComeFromHasTheSameBitsEverywhere() {
    String[] packages = {
      "kintsugi.engine..", "kintsugi.scoremap", "kintsugi.padim", "kintsugi.patchcore"
    };
    for (String name : List.of("exp", "log", "sin", "cos")) {
      noClasses()
          .that()
          .resideInAnyPackage(packages)
          .should()
          .callMethod(Math.class, name, double.class)
          .check(classes);
    }
    noClasses()
        .that()
        .resideInAnyPackage(packages)
        .should()
        .callMethod(Math.class, "pow", double.class, double.class)
        .check(classes);
  }

  @Test
  void noArrowGoesBack() {
    for (int i = 0; i < ORDER.size() - 1; i++) {
      String[] below =
          ORDER.subList(i + 1, ORDER.size()).stream()
              .map(name -> "kintsugi." + name)
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("kintsugi." + ORDER.get(i))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(below)
          .check(classes);
    }
  }

  @Test
  void theContractKnowsNoEngineAndNoEngineAnother() {
    noClasses()
        .that()
        .resideInAPackage("kintsugi.engine")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("kintsugi.engine.scalar", "kintsugi.engine.vector")
        .check(classes);
    noClasses()
        .that()
        .resideOutsideOfPackages("kintsugi.engine.vector")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("kintsugi.engine.vector")
        .check(classes);
  }

  @Test
  void noMethodKnowsAnotherAndNothingOutsideKnowsWhichThereAre() {
    noClasses()
        .that()
        .resideInAPackage("kintsugi.padim")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("kintsugi.patchcore")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("kintsugi.patchcore")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("kintsugi.padim")
        .check(classes);
    // An audit has independent references for each method, an export its operations, the marker's
    // solutions are theirs, and a lesson is about one of them.
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "kintsugi.padim",
            "kintsugi.patchcore",
            "kintsugi.interop",
            "kintsugi.audit",
            "kintsugi.mark",
            "kintsugi.lesson")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("kintsugi.padim", "kintsugi.patchcore")
        .check(classes);
  }

  @Test
  void theDoorIsUsedFromOutsideAlone() {
    String[] inside =
        ORDER.subList(0, ORDER.indexOf("experiment")).stream()
            .map(name -> "kintsugi." + name)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAnyPackage(inside)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Kintsugi.class)
        .check(classes);
    noClasses()
        .that()
        .belongToAnyOf(
            AtomicOutput.class,
            FileKind.class,
            InputException.class,
            Manifest.class,
            OutputFolder.class,
            OutputLock.class,
            Sha256.class,
            Version.class)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("kintsugi.*..")
        .check(classes);
  }

  @Test
  void theLibraryNeedsNoLibrariesOfTheCommandLine() {
    String[] libraries =
        Stream.of("picocli", "me.tongfei", "tools.jackson", "com.fasterxml")
            .map(l -> l + "..")
            .toArray(String[]::new);
    String[] library =
        Stream.concat(
                Stream.of("kintsugi"),
                ORDER.subList(0, ORDER.indexOf("report")).stream().map(name -> "kintsugi." + name))
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAnyPackage(library)
        .and()
        // Linked only where a CSV file is read.
        .doNotHaveFullyQualifiedName("kintsugi.dataset.CsvRows")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries)
        .check(classes);
  }

  @Test
  void jomlIsInNoPublicSignature() {
    noMethods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should()
        .haveRawReturnType(resideInAPackage("org.joml.."))
        .orShould()
        .haveRawParameterTypes(
            DescribedPredicate.describe(
                "JOML's",
                types -> types.stream().anyMatch(t -> t.getName().startsWith("org.joml"))))
        .check(classes);
  }

  @Test
  void nothingDependsOnTheLocale() {
    noClasses()
        .should()
        .callMethod(String.class, "format", String.class, Object[].class)
        .orShould()
        .callMethod(String.class, "formatted", Object[].class)
        .orShould()
        .callMethod(String.class, "toLowerCase")
        .orShould()
        .callMethod(String.class, "toUpperCase")
        .orShould()
        .callMethod(PrintWriter.class, "printf", String.class, Object[].class)
        .orShould()
        .callMethod(PrintWriter.class, "format", String.class, Object[].class)
        .orShould()
        .callMethod(PrintStream.class, "printf", String.class, Object[].class)
        .orShould()
        .callMethod(PrintStream.class, "format", String.class, Object[].class)
        .orShould()
        .callConstructor(Formatter.class)
        .orShould()
        .callConstructor(DecimalFormat.class, String.class)
        .check(classes);
  }
}
