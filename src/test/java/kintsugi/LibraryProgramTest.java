package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The library in somebody else's program: its dependencies, a small program, and jshell. */
class LibraryProgramTest {
  private static final Path STANDALONE = Path.of("src/examples/standalone");
  private static final String VECTOR = "--add-modules=jdk.incubator.vector";

  @TempDir static Path folder;
  private static Map<String, String> environment;
  private static String good;
  private static String image;

  @BeforeAll
  static void draw() {
    Path weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    environment = Map.of("KINTSUGI_WEIGHTS", weights.toString());
    SyntheticConcrete.write(folder, 3, 1, 1);
    good = folder.resolve(SyntheticConcrete.NORMAL).toString();
    image = folder.resolve(SyntheticConcrete.ANOMALOUS).resolve("000.png").toString();
  }

  @Test
  void aProgramGetsJomlCommonsMathAndWhatReadsImages() throws Exception {
    Element project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile())
            .getDocumentElement();
    NodeList dependencies =
        ((Element) project.getElementsByTagName("dependencies").item(0))
            .getElementsByTagName("dependency");
    List<String> required = new ArrayList<>();
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      if (!text(dependency, "optional").equals("true")
          && !text(dependency, "scope").equals("test")) {
        required.add(text(dependency, "artifactId"));
      }
    }
    assertThat(required)
        .containsExactlyInAnyOrder("joml", "commons-math3", "imageio-jpeg", "imageio-webp");
  }

  private static String text(Element element, String child) {
    NodeList found = element.getElementsByTagName(child);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent();
  }

  /** The number of statements of the program in its braces, as a reader counts them. */
  @Test
  void theProgramHasAtMostEightStatementsAndItsPomElevenLines() throws IOException {
    List<String> program = Files.readAllLines(STANDALONE.resolve("src/main/java/Main.java"));
    assertThat(program.stream().filter(line -> line.startsWith("    ")).count())
        .isLessThanOrEqualTo(8);
    assertThat(Files.readAllLines(STANDALONE.resolve("pom.xml"))).hasSizeLessThanOrEqualTo(11);
  }

  @Test
  void theProgramNeedsNothingElseAndWithoutTheVectorModuleItSaysSoOnce() throws Exception {
    Path classes = folder.resolve("classes");
    Processes.Result compiled =
        Processes.run(
            Map.of(),
            "javac",
            "-d",
            classes.toString(),
            "-cp",
            Processes.library(),
            STANDALONE.resolve("src/main/java/Main.java").toString());
    assertThat(compiled.status()).as(compiled.output()).isZero();
    String path = classes + java.io.File.pathSeparator + Processes.library();
    Path out = folder.resolve("heat.png");
    Processes.Result run =
        Processes.run(
            environment, "java", VECTOR, "-cp", path, "Main", good, image, out.toString());
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).contains("not calibrated").doesNotContain("Unsafe", "WARNING: the");
    assertThat(ImageIO.read(out.toFile()).getWidth()).isEqualTo(227);
    Processes.Result scalar =
        Processes.run(environment, "java", "-cp", path, "Main", good, image, out.toString());
    assertThat(scalar.status()).as(scalar.output()).isZero();
    assertThat(scalar.output().split("--add-modules jdk.incubator.vector", -1))
        .as(scalar.output())
        .hasSize(2);
  }

  @Test
  void aLectureTypesAlong() throws Exception {
    Path typed =
        Files.writeString(
            folder.resolve("typed.jsh"),
            """
            double[] a = {4, 2, 5}
            int pivots = Cholesky.factor(a, 2)
            System.out.println(pivots + " " + Arrays.toString(a))
            var features = kintsugi.session().backbone(List.of("layer1"))
            System.out.println(features.run(Tensor.zeros(1, 64, 64, 3)).get("layer1"))
            System.out.println(plain.description())
            /exit
            """);
    Processes.Result run =
        Processes.run(
            environment,
            "jshell",
            "--class-path",
            Processes.library(),
            "--add-modules",
            "jdk.incubator.vector",
            "-R" + VECTOR,
            "--startup",
            "DEFAULT",
            "--startup",
            "src/examples/lecture.jsh",
            typed.toString());
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("with the weights of " + environment.get("KINTSUGI_WEIGHTS"))
        .contains("2 [2.0, 1.0, 2.0]", "[1, 16, 16, 64]", "plain loops, the specification")
        .doesNotContain("Error", "Exception");
  }

  @Test
  void theSameInJshell() throws Exception {
    Path out = folder.resolve("jshell.png");
    Processes.Result run =
        Processes.run(
            environment,
            "jshell",
            "--class-path",
            Processes.library(),
            "-R" + VECTOR,
            "-R-Dgood=" + good,
            "-R-Dimage=" + image,
            "-R-Dout=" + out,
            STANDALONE.resolve("heatmap.jsh").toString());
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).contains("not calibrated");
    assertThat(ImageIO.read(out.toFile()).getWidth()).isEqualTo(227);
  }
}
