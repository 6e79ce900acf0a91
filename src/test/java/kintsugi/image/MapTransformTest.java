package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapTransformTest {
  private static final MapTransform TRANSFORM = MapTransform.of(2, 4, 3, 5);

  @TempDir Path folder;

  @Test
  void leadsFromTheMapToTheImageAndBack() {
    assertThat(TRANSFORM.toImage(1, 2)).isEqualTo(new Point2D.Double(8, 28));
    assertThat(TRANSFORM.toMap(8, 28)).isEqualTo(new Point2D.Double(1, 2));
    assertThat(TRANSFORM.toImage(1, 2, 3, 5)).isEqualTo(new Rectangle2D.Double(8, 28, 4, 12));
  }

  /** JOML's copying of a matrix is what the JDK would warn of. */
  @Test
  void jomlDoesNotCallUnsafe() throws IOException, InterruptedException {
    Path program =
        Files.writeString(
            folder.resolve("Program.java"),
            """
            public class Program {
              public static void main(String[] arguments) {
                System.out.println(kintsugi.image.MapTransform.of(2, 4, 3, 5).toImage(1, 2));
                System.out.println(new org.joml.Matrix3x2d(new org.joml.Matrix3x2d()).m00());
              }
            }
            """);
    String modules = System.getProperty("jdk.module.path");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                modules == null ? System.getProperty("java.class.path") : modules,
                program.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("8.0, 28.0", "1.0").doesNotContain("WARNING");
  }
}
