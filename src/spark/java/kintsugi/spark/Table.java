package kintsugi.spark;

import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** The table of scores: a folder of files, to which every run adds. */
final class Table {
  /** The files' format. */
  enum Format {
    /** Parquet. */
    PARQUET,

    /** A line of JSON per image. */
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final String folder;
  private final Format format;

  Table(String folder, Format format) {
    this.folder = folder;
    this.format = format;
  }

  /**
   * Adds rows. The file of a task appears whole when the task is done, not when the job is, so that
   * a job that is ended loses the tasks under way alone; a task that runs twice replaces its file.
   */
  void append(SparkSession spark, JavaRDD<Row> rows) {
    spark
        .createDataFrame(rows, PredictionRow.SCHEMA)
        .write()
        .mode(SaveMode.Append)
        .option("mapreduce.fileoutputcommitter.algorithm.version", "2")
        .format(format.toString())
        .save(folder);
  }

  /** The table as it is. */
  Dataset<Row> read(SparkSession spark) {
    return spark.read().schema(PredictionRow.SCHEMA).format(format.toString()).load(folder);
  }

  /** A line of what the table holds. */
  String summary(SparkSession spark) {
    Dataset<Row> all = read(spark);
    return folder
        + ": "
        + all.count()
        + " images, "
        + all.filter("anomalous").count()
        + " predicted anomalous";
  }
}
