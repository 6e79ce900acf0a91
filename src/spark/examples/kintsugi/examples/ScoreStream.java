package kintsugi.examples;

import java.nio.file.Path;
import kintsugi.spark.KintsugiFunctions;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Scores the images that arrive in a folder, as a stream: each once, also after a restart, since
 * the checkpoint knows those that are done.
 */
public final class ScoreStream {
  private ScoreStream() {}

  /**
   * Scores until it is ended.
   *
   * @param arguments the model, the folder of images, the folder of results
   * @throws Exception if the stream fails
   */
  public static void main(String[] arguments) throws Exception {
    try (SparkSession spark = SparkSession.builder().appName("stream").getOrCreate()) {
      KintsugiFunctions.register(spark, Path.of(arguments[0]));
      start(spark, arguments[1], arguments[2], Trigger.ProcessingTime("2 seconds"))
          .awaitTermination();
    }
  }

  static StreamingQuery start(SparkSession spark, String in, String out, Trigger trigger)
      throws Exception {
    Dataset<Row> images =
        spark
            .readStream()
            .format("binaryFile")
            .schema("path STRING, modificationTime TIMESTAMP, length LONG, content BINARY")
            .option("pathGlobFilter", "*.{png,jpg}")
            .load(in);
    return images
        .selectExpr("path", "kintsugi_predict(content) AS prediction")
        .select("path", "prediction.*")
        .writeStream()
        .format("json")
        .option("checkpointLocation", out + "/checkpoint")
        .trigger(trigger)
        .start(out + "/scores");
  }
}
