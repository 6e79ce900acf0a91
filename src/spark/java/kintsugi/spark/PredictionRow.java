package kintsugi.spark;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import java.util.List;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Prediction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** A prediction as a row, with the names of {@code predictions.jsonl}. */
final class PredictionRow {
  /** A rectangle of the image, in pixels. */
  private static final StructType BOX =
      new StructType()
          .add("x", DoubleType)
          .add("y", DoubleType)
          .add("width", DoubleType)
          .add("height", DoubleType)
          .add("peak", DoubleType);

  /** What is said of an image, whatever its name. */
  static final StructType PREDICTION =
      new StructType()
          .add("score", DoubleType)
          .add("threshold", DoubleType)
          .add("anomalous", BooleanType)
          .add("p_value", DoubleType)
          .add("verdict", StringType)
          .add("regions_disagree", BooleanType)
          .add("regions", new ArrayType(BOX, false))
          .add("place", StringType)
          .add("layers", StringType)
          .add("sentence", StringType);

  /** The table's columns: {@code sha256} is of the file's bytes, {@code model} the model's own. */
  static final StructType SCHEMA = named();

  private PredictionRow() {}

  private static StructType named() {
    StructType all =
        new StructType().add("file", StringType).add("sha256", StringType).add("model", StringType);
    for (var field : PREDICTION.fields()) {
      all = all.add(field);
    }
    return all.add("overlay", StringType);
  }

  /** The values of {@link #PREDICTION}. */
  static Object[] values(Prediction prediction) {
    Calibration calibration = prediction.model().requireCalibration();
    List<Row> regions = prediction.regions().stream().map(PredictionRow::box).toList();
    return new Object[] {
      prediction.finding().score(),
      calibration.threshold(),
      prediction.isAnomalous(),
      prediction.pValue().stream().boxed().findFirst().orElse(null),
      prediction.verdict().toString(),
      prediction.finding().regionsDisagree(),
      CollectionConverters.asScala(regions).toSeq(),
      prediction.finding().place(),
      prediction.finding().layers().orElse(null),
      prediction.finding().sentence()
    };
  }

  private static Row box(Explanation.Box box) {
    return RowFactory.create(box.x(), box.y(), box.width(), box.height(), box.peak());
  }

  /** A row of {@link #SCHEMA}. */
  static Row of(String file, String sha256, String model, Prediction prediction, String overlay) {
    Object[] values = values(prediction);
    Object[] row = new Object[SCHEMA.size()];
    row[0] = file;
    row[1] = sha256;
    row[2] = model;
    System.arraycopy(values, 0, row, 3, values.length);
    row[row.length - 1] = overlay;
    return RowFactory.create(row);
  }
}
