package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import kintsugi.InputException;
import kintsugi.detector.TestWeights;
import kintsugi.engine.FixedPoint;
import kintsugi.padim.GaussianSums;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** Input that cannot be used: one line, whatever the number of tasks that meet it. */
class SparkInputTest extends SparkFixture {

  /** Also Spark's own messages are silent. */
  private Result fails(String... arguments) {
    AtomicReference<Result> result = new AtomicReference<>();
    assertThat(heard(() -> result.set(run(arguments)))).doesNotContain("\tat ");
    assertThat(result.get().status()).isEqualTo(1);
    assertThat(result.get().err().lines()).hasSize(1);
    return result.get();
  }

  /** The log is heard, whatever error stream it began with. */
  @Test
  void aTraceInTheLogIsHeard() {
    Logger log = LogManager.getLogger("org.apache.spark.scheduler.TaskSetManager");
    assertThat(heard(() -> log.error("lost", new IllegalStateException("a failure"))))
        .contains("spark: ERROR TaskSetManager: lost", "a failure", "\tat ");
  }

  @Test
  void anUnreadableImageEndsTheJobOrIsLeftOut() throws IOException {
    Path images = Files.createDirectory(folder.resolve("damaged"));
    for (Path image : kintsugi.images(anomalous).stream().map(i -> i.file().get()).toList()) {
      Files.copy(image, images.resolve(image.getFileName()));
    }
    Path damaged = Files.writeString(images.resolve("001.png"), "not an image");
    String[] score = {
      "score",
      "" + images,
      "--model",
      "" + model,
      "--partitions",
      "3",
      "--out",
      "" + folder.resolve("d")
    };
    String[] skip = java.util.Arrays.copyOf(score, score.length + 1);
    skip[score.length] = "--skip-unreadable";

    assertThat(fails(score).err()).contains("" + damaged, "(partition 1)");
    Result skipped = succeeds(skip);

    assertThat(skipped.out()).contains("3 images");
    assertThat(skipped.err()).contains("left out " + damaged + " (partition 1)");
  }

  @Test
  void otherWeightsAreNamedOnce() {
    Path other = TestWeights.write(folder.resolve("other.safetensors"), 2);
    String[] score = {
      "score",
      "" + normal,
      "--model",
      "" + model,
      "--partitions",
      "4",
      "--out",
      "" + folder.resolve("w")
    };
    Path own = weights;
    weights = other;
    try {
      assertThat(fails(score).err()).contains(model + ": was fitted with other weights");
    } finally {
      weights = own;
    }
  }

  @Test
  void aMissingTableIsOneLine() {
    String out = "" + folder.resolve("t");
    String table = "" + folder.resolve("no-table");

    assertThat(
            fails("score", table, "--column", "content", "--model", "" + model, "--out", out).err())
        .contains("[PATH_NOT_FOUND]", table, "--column");
  }

  /** What its first attempt said is lost with it, and the second has nothing to do. */
  @Test
  void aFailureOutlivesTheAttemptThatMetIt() {
    SparkConf conf = new SparkConf().setMaster("local[1,2]").setAppName("failures");
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      Failures failures = new Failures(context.sc());

      assertThatThrownBy(() -> failures.result(() -> lostOnce(context, failures).collect()))
          .isInstanceOf(InputException.class)
          .hasMessage("damaged (partition 0)");
    }
  }

  private static JavaRDD<Integer> lostOnce(JavaSparkContext context, Failures failures) {
    return context
        .parallelize(List.of(1), 1)
        .mapPartitions(
            part -> {
              Iterator<Integer> none =
                  failures.guard(
                      () -> {
                        throw new InputException("damaged");
                      });
              assertThat(none.hasNext()).isFalse();
              if (TaskContext.get().attemptNumber() == 0) {
                throw new IllegalStateException("the attempt is lost");
              }
              return none;
            });
  }

  /** Added on their way, they would fail in Spark's own code, four times. */
  @Test
  void sumsThatBecomeTooLargeAreOneLine() {
    GaussianSums half =
        new GaussianSums(
            0, 1, new long[] {1}, new long[][] {{1}}, new long[][] {{FixedPoint.MAXIMUM_SUM}});
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("sums");
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      Failures failures = new Failures(context.sc());
      JavaPairRDD<Integer, PadimParts.Piece> pieces =
          context
              .parallelize(List.of(half, half), 2)
              .mapToPair(sums -> new Tuple2<>(0, new PadimParts.Piece(List.of(), sums)));

      assertThatThrownBy(() -> failures.result(() -> PadimParts.added(pieces, failures).collect()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("the squares of the features")
          .hasMessageContaining("(partition 0)");
    }
  }

  @Test
  void aModelNeedsACalibration() {
    Path bare = folder.resolve("bare.safetensors");
    kintsugi.save(kintsugi.fit("padim", normal), bare);
    String out = "" + folder.resolve("b");

    assertThat(fails("score", "" + normal, "--model", "" + bare, "--out", out).err())
        .contains(bare + ": the model has no threshold yet");
  }
}
