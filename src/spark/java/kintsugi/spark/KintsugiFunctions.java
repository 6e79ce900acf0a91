package kintsugi.spark;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.engine.Convolutions;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.weights.Weights;
import kintsugi.weights.WeightsLocator;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The function {@code kintsugi_predict} of SQL, DataFrames and Structured Streaming, which scores a
 * column of encoded images:
 *
 * <pre>{@code
 * KintsugiFunctions.register(spark, Path.of("part.safetensors"));
 * spark.sql("SELECT path, kintsugi_predict(content).verdict FROM images");
 * }</pre>
 *
 * <p>Its value has the fields of {@code predictions.jsonl} that do not name files, and {@code
 * error}: what is wrong with an image that cannot be read, whose other fields are null. One image
 * does not end a query.
 */
public final class KintsugiFunctions {
  /** The function's name. */
  public static final String PREDICT = "kintsugi_predict";

  private static final StructType RESULT =
      PredictionRow.PREDICTION.add("error", DataTypes.StringType);

  private KintsugiFunctions() {}

  /**
   * Registers the function with the weights that are found, as on one machine.
   *
   * @param spark the session
   * @param model a calibrated model
   * @throws InputException if it is not one, or no weights are found
   */
  public static void register(SparkSession spark, Path model) {
    Path project = Path.of(System.getProperty("kintsugi.home", ""));
    Optional<Path> weights = WeightsLocator.find(null, project);
    register(spark, model, weights.orElseThrow(() -> WeightsLocator.missing(project, null)));
  }

  /**
   * Registers the function. Another call replaces the model: workers close the one before once they
   * have the new one and no query uses the old. The same model and weights stay open.
   *
   * @param spark the session
   * @param model a calibrated model
   * @param weights the file of the backbone's weights
   * @throws InputException if it is not a calibrated model, or was fitted with other weights
   */
  public static void register(SparkSession spark, Path model, Path weights) {
    String digest = ModelFile.digestOfCalibrated(model);
    Weights read = Weights.read(weights);
    read.requireFittedWith(model, ModelFile.requireModel(model).getOrDefault("weights", ""));
    SparkContext context = spark.sparkContext();
    Settings settings =
        new Settings(
            PREDICT + " " + digest + " " + read.fingerprint(),
            "auto",
            Convolutions.WINOGRAD4,
            0,
            Decoding.DEFAULT_MAX_PIXELS,
            false,
            Brought.of(context, weights),
            Brought.of(context, model));
    Registered registered = new Registered(settings, System.currentTimeMillis());
    UDF1<byte[], Row> predict =
        image -> image == null ? null : registered.call(worker -> predicted(worker, image));
    spark.udf().register(PREDICT, predict, RESULT);
  }

  private static Row predicted(Worker worker, byte[] image) {
    Object[] row = new Object[RESULT.size()];
    try {
      Object[] values =
          PredictionRow.values(worker.kintsugi().predict(worker.model(), ImageSource.of(image)));
      System.arraycopy(values, 0, row, 0, values.length);
    } catch (InputException e) {
      Arrays.fill(row, null);
      row[row.length - 1] = e.getMessage();
    }
    return RowFactory.create(row);
  }
}
