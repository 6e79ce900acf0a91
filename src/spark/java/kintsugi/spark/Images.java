package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.dataset.FileList;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Role;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import scala.Tuple2;

/** The images of folders, globs, lists and tables, listed on the driver and read on the workers. */
final class Images {
  private static final String PATH = "path";

  private Images() {}

  /**
   * {@return the names of image files, sorted within each place; those of a list in its order}
   *
   * @param places local folders, lists and files, as on one machine; or globs and the addresses of
   *     other file systems
   * @param role the part that the images play
   * @param notices receives what was left out of local folders, a line each
   * @throws InputException if one does not exist or holds no images
   */
  static List<String> files(
      SparkSession spark, List<String> places, Role role, Consumer<String> notices) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    List<String> files = new ArrayList<>();
    for (String place : places) {
      boolean address = place.contains("://");
      if (!address && isListed(place)) {
        ImageFolder.list(java.nio.file.Path.of(place), role, notices).stream()
            .map(Images::absolute)
            .forEach(files::add);
      } else if (!address && Files.exists(java.nio.file.Path.of(place))) {
        files.add(absolute(java.nio.file.Path.of(place)));
      } else {
        files.addAll(found(place, configuration));
      }
    }
    return files;
  }

  private static boolean isListed(String place) {
    java.nio.file.Path local = java.nio.file.Path.of(place);
    return Files.isDirectory(local) || FileList.isList(local);
  }

  private static List<String> found(String place, Configuration configuration) {
    try {
      return matched(place, configuration);
    } catch (IOException | IllegalArgumentException e) {
      throw new InputException(
          place + ": cannot be listed (" + InputException.quoted(e.getMessage()) + ")", e);
    }
  }

  private static String absolute(java.nio.file.Path file) {
    return file.toAbsolutePath().normalize().toString();
  }

  /** What a pattern or an address of Hadoop stands for. */
  private static List<String> matched(String place, Configuration configuration)
      throws IOException {
    Path pattern = new Path(Located.address(place));
    FileSystem files = pattern.getFileSystem(configuration);
    FileStatus[] found = files.globStatus(pattern);
    if (found == null || found.length == 0) {
      throw new InputException(place + ": there is no such file or folder; check the name");
    }
    List<String> names = new ArrayList<>();
    for (FileStatus status : found) {
      if (status.isFile()) {
        names.add(name(status.getPath()));
      } else {
        names.addAll(below(files, status.getPath()));
      }
    }
    if (names.isEmpty()) {
      throw new InputException(place + ": holds no images; name the folder that has them in it");
    }
    return names;
  }

  /** The images of a folder or, where it has none of its own, of all below it. */
  private static List<String> below(FileSystem files, Path folder) throws IOException {
    List<String> own = names(Arrays.stream(files.listStatus(folder)).filter(FileStatus::isFile));
    if (!own.isEmpty()) {
      return own;
    }
    List<FileStatus> all = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> each = files.listFiles(folder, true);
    while (each.hasNext()) {
      all.add(each.next());
    }
    return names(all.stream());
  }

  private static List<String> names(Stream<FileStatus> files) {
    return files
        .map(FileStatus::getPath)
        .filter(path -> ImageFolder.isImageName(path.getName()))
        .map(Images::name)
        .sorted()
        .toList();
  }

  /** A local file is named by its path alone, as on one machine. */
  static String name(Path path) {
    return "file".equals(path.toUri().getScheme()) ? path.toUri().getPath() : path.toString();
  }

  /** Files divided evenly among tasks. */
  static JavaRDD<Located> distributed(SparkSession spark, List<String> files, int tasks) {
    return JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(files, tasks)
        .map(Located::file);
  }

  /**
   * The rows of tables in Parquet. One without a path is named by its file and number; one without
   * bytes is an image that cannot be read.
   *
   * @param column of the encoded images' bytes
   * @param once whether a table that is named twice is read once, and of rows with the same path
   *     and bytes there is one
   * @throws InputException if a table has no such column
   */
  static JavaRDD<Located> rows(
      SparkSession spark, List<String> tables, String column, boolean once) {
    Stream<String> named = tables.stream().map(Located::address);
    Stream<String> read = once ? named.distinct() : named;
    Dataset<Row> rows = spark.read().parquet(read.toArray(String[]::new));
    if (!List.of(rows.columns()).contains(column)) {
      throw new InputException(
          tables.getFirst()
              + ": has no column "
              + column
              + " but "
              + String.join(", ", rows.columns())
              + "; name the one of the images' bytes (column)");
    }
    Column number =
        functions.concat(
            functions.col("_metadata.file_path"),
            functions.lit("#"),
            functions.col("_metadata.row_index"));
    Column name =
        List.of(rows.columns()).contains(PATH)
            ? functions.coalesce(functions.col(PATH).cast("string"), number)
            : number;
    JavaRDD<Located> all =
        rows.select(name, named(column).cast("binary")).toJavaRDD().map(Images::located);
    return once && name != number ? once(all, repeated(rows.select(name.as(PATH)))) : all;
  }

  /** The names that more than one row has: the bytes are not read for that. */
  private static Set<String> repeated(Dataset<Row> names) {
    return names
        .groupBy(PATH)
        .count()
        .filter(functions.col("count").gt(1))
        .select(PATH)
        .as(Encoders.STRING())
        .collectAsList()
        .stream()
        .map(Images::local)
        .collect(Collectors.toSet());
  }

  /** Of rows with the same name and bytes one; the others stay where they are. */
  private static JavaRDD<Located> once(JavaRDD<Located> rows, Set<String> repeated) {
    if (repeated.isEmpty()) {
      return rows;
    }
    Broadcast<Set<String>> names =
        JavaSparkContext.fromSparkContext(rows.context()).broadcast(repeated);
    return rows.filter(row -> !names.value().contains(row.name()))
        .union(
            rows.filter(row -> names.value().contains(row.name()))
                .mapToPair(row -> new Tuple2<>(Table.key(row.name(), row.sha256()), row))
                .reduceByKey((one, same) -> one)
                .values());
  }

  private static Located located(Row row) {
    return new Located(local(row.getString(0)), row.isNullAt(1) ? new byte[0] : row.getAs(1));
  }

  /** A column whose name may have dots. */
  private static Column named(String column) {
    return functions.col("`" + column.replace("`", "``") + "`");
  }

  /**
   * Rows divided anew. Where their number of parts grows they are exchanged, and sorted, so that
   * each is in the same place whenever Spark reads them again.
   */
  static JavaRDD<Located> divided(JavaRDD<Located> rows, int parts) {
    if (parts <= rows.getNumPartitions()) {
      return rows.coalesce(parts);
    }
    return rows.zipWithIndex()
        .mapToPair(Tuple2::swap)
        .repartitionAndSortWithinPartitions(new HashPartitioner(parts))
        .values();
  }

  /** A local file's address as its path. */
  private static String local(String name) {
    return name.replaceFirst("^file:/+", "/");
  }
}
