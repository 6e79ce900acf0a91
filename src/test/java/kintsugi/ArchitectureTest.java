package kintsugi;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The way of the data has one direction: a package imports only packages above it in the list. */
class ArchitectureTest {
  private static final List<String> ORDER =
      List.of(
          "tensor",
          "image",
          "weights",
          "engine",
          "backbone",
          "embedding",
          "padim",
          "patchcore",
          "scoremap",
          "metric",
          "dataset",
          "detector",
          "audit",
          "report",
          "cli");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("kintsugi");

  @Test
  void everyPackageHasItsPlace() {
    List<String> packages =
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> !name.equals("kintsugi"))
            .map(name -> name.substring("kintsugi.".length()))
            .distinct()
            .toList();
    assertThat(packages).containsExactlyInAnyOrderElementsOf(ORDER);
  }

  @Test
  void noArrowGoesBack() {
    for (int i = 0; i < ORDER.size() - 1; i++) {
      String[] below =
          ORDER.subList(i + 1, ORDER.size()).stream()
              .map(name -> "kintsugi." + name + "..")
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("kintsugi." + ORDER.get(i) + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(below)
          .check(CLASSES);
    }
  }

  @Test
  void theStepsOfTheMethodNeedNoLibrariesForPeople() {
    String[] libraries =
        Stream.of("picocli", "me.tongfei", "tools.jackson")
            .map(l -> l + "..")
            .toArray(String[]::new);
    String[] steps =
        ORDER.subList(0, ORDER.indexOf("dataset")).stream()
            .map(name -> "kintsugi." + name)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAnyPackage(steps)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries)
        .check(CLASSES);
  }
}
