package kintsugi.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import kintsugi.InputException;
import kintsugi.Sha256;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The table of scores: a folder of files, to which every run adds.
 *
 * @param folder local, or the address of another file system
 * @param format of the files
 */
record Table(String folder, Format format) {
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
        .save(Located.address(folder));
  }

  /** The table as it is. */
  Dataset<Row> read(SparkSession spark) {
    return spark
        .read()
        .schema(PredictionRow.SCHEMA)
        .format(format.toString())
        .load(Located.address(folder));
  }

  /**
   * The keys of the rows by a model, in ascending order: eight bytes each, since the driver and
   * every worker hold them.
   *
   * @throws InputException if the folder is another format's table
   */
  long[] keys(SparkSession spark, String model) {
    if (!isThere(spark)) {
      return new long[0];
    }
    List<long[]> parts =
        read(spark)
            .filter(functions.col("model").equalTo(model))
            .select("file", "sha256")
            .toJavaRDD()
            .mapPartitions(part -> List.of(keys(part)).iterator())
            .collect();
    return parts.stream().flatMapToLong(Arrays::stream).sorted().toArray();
  }

  private static long[] keys(Iterator<Row> rows) {
    return StreamSupport.stream(((Iterable<Row>) () -> rows).spliterator(), false)
        .flatMapToLong(row -> LongStream.of(key(row.getString(0), row.getString(1))))
        .toArray();
  }

  /** 64 bits of a hash of an image's name and content. */
  static long key(String file, String sha256) {
    byte[] text = (sha256 + " " + file).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.wrap(Sha256.digest().digest(text)).getLong();
  }

  /** Whether an earlier run wrote something. */
  private boolean isThere(SparkSession spark) {
    Path path = new Path(Located.address(folder));
    try {
      FileStatus[] files =
          path.getFileSystem(spark.sparkContext().hadoopConfiguration()).listStatus(path);
      List<String> names =
          Arrays.stream(files)
              .map(file -> file.getPath().getName())
              .filter(name -> !name.startsWith("_") && !name.startsWith("."))
              .toList();
      names.stream()
          .filter(name -> !name.startsWith("part-") || !name.contains("." + format))
          .findFirst()
          .ifPresent(
              name -> {
                throw new InputException(
                    folder
                        + ": holds "
                        + name
                        + ", which is not of a table of scores in "
                        + format
                        + "; name another folder (out), or the format that it has (format)");
              });
      return !names.isEmpty();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw new InputException(
          folder + ": cannot be listed (" + InputException.quoted(e.getMessage()) + ")", e);
    }
  }

  /** A line of what the table holds by a model. */
  String summary(SparkSession spark, String model) {
    Dataset<Row> all = read(spark).filter(functions.col("model").equalTo(model));
    Column anomalous = functions.count_if(functions.col("anomalous"));
    Row counts = all.agg(functions.count("*"), anomalous).first();
    return folder
        + ": "
        + counts.getLong(0)
        + " images, "
        + counts.getLong(1)
        + " predicted anomalous";
  }
}
