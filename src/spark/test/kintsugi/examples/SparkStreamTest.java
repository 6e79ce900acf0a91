package kintsugi.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.Kintsugi;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Model;
import kintsugi.detector.TestWeights;
import kintsugi.image.ImageSource;
import kintsugi.spark.KintsugiFunctions;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The function in SQL, and the example that reads a folder as a stream. */
class SparkStreamTest {
  @TempDir Path folder;

  @Test
  void imagesThatArriveAreScoredOnce() throws Exception {
    System.setProperty("log4j2.configurationFile", "classpath:kintsugi/spark/log4j2.properties");
    Path weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    SyntheticConcrete.write(folder, 8, 4, 1);
    Path images = folder.resolve(SyntheticConcrete.ANOMALOUS);
    Path model = folder.resolve("model.safetensors");
    Path out = folder.resolve("out");
    double expected;
    try (Kintsugi kintsugi = Kintsugi.builder().threads(2).weights(weights).open()) {
      Path normal = folder.resolve(SyntheticConcrete.NORMAL);
      Model fitted = kintsugi.calibrate(kintsugi.fit("padim", normal), normal, images);
      kintsugi.save(fitted, model);
      ImageSource first = kintsugi.images(images).getFirst();
      expected = kintsugi.predict(fitted, first).normalisedScore().getAsDouble();
    }
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", 2)
            .getOrCreate()) {
      KintsugiFunctions.register(spark, model, weights);

      ScoreStream.start(spark, "" + images, "" + out, Trigger.AvailableNow()).awaitTermination();
      Files.writeString(images.resolve("zzz.png"), "not an image");
      ScoreStream.start(spark, "" + images, "" + out, Trigger.AvailableNow()).awaitTermination();

      List<Row> rows =
          spark
              .read()
              .json(out + "/scores")
              .select("path", "score", "error")
              .orderBy("path")
              .collectAsList();
      assertThat(rows).hasSize(5);
      assertThat(rows.getFirst().getDouble(1)).isEqualTo(expected);
      assertThat(rows.getFirst().getString(2)).isNull();
      assertThat(rows.getLast().isNullAt(1)).isTrue();
      assertThat(rows.getLast().getString(2)).contains("image in memory");
      assertThat(spark.sql("SELECT kintsugi_predict(NULL)").first().isNullAt(0)).isTrue();
    }
  }
}
