package kintsugi.spark;

import java.util.List;
import java.util.function.Consumer;
import kintsugi.dataset.Role;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say where images are and how they are divided among tasks. */
final class ImageOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Enough that the cores end together, and that a task that is lost is soon done again. */
  private static final int TASKS_PER_CORE = 8;

  /** Two batches. */
  private static final int FEWEST_PER_TASK = 32;

  /**
   * Some five seconds: as long a core may be alone at the end. Starting a task and its file takes a
   * tenth of a second.
   */
  private static final int MOST_PER_TASK = 128;

  private static final int STEP_MILLIS = 100;

  /** Steps without another worker, after which all are taken to be there. */
  private static final int STEADY = 10;

  /** Steps after which a job begins with the workers that it has. */
  private static final int LONGEST_WAIT = 300;

  @Option(
      names = "--column",
      paramLabel = "NAME",
      order = 12,
      description =
          "The column that holds the bytes of encoded images: what is named are then tables in"
              + " Parquet. A column \"path\" names the images, else their file and row.")
  private String column;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      order = 13,
      description =
          "Tasks that the images are divided among (default: one per core for a fit; else of files"
              + " eight or more per core, of 32 to 128 images, or of at most 32 where there are"
              + " fewer than 256 images per core; of tables those that Spark reads). Results do not"
              + " change.")
  private Integer partitions;

  /**
   * {@return the images of some places}
   *
   * @param places folders, globs, lists, or tables where a column is named
   * @param role the part that the images play: those of a fit are divided among one task per core,
   *     since what a task leaves is large, and those of no part of their own ({@link Role#ANY}),
   *     which are scored, are there once, however often they are named
   * @param notices receives what was left out, a line each
   */
  JavaRDD<Located> images(
      SparkSession spark, List<String> places, Role role, Consumer<String> notices) {
    if (partitions != null && partitions < 1) {
      throw new ParameterException(
          spec.commandLine(), "--partitions: 1 or more, not " + partitions);
    }
    boolean few = role == Role.TRAIN;
    boolean once = role == Role.ANY;
    if (column != null) {
      JavaRDD<Located> rows = Images.rows(spark, places, column, once);
      return partitions == null && !few ? rows : Images.divided(rows, tasks(spark, 0, few));
    }
    List<String> files = Images.files(spark, places, role, notices);
    List<String> wanted = once ? files.stream().distinct().toList() : files;
    return Images.distributed(spark, wanted, tasks(spark, wanted.size(), few));
  }

  private int tasks(SparkSession spark, int images, boolean few) {
    if (partitions != null) {
      return partitions;
    }
    int cores = cores(spark.sparkContext());
    int perTask = Math.clamp(images / (TASKS_PER_CORE * cores), FEWEST_PER_TASK, MOST_PER_TASK);
    return few ? cores : Math.max(cores, Math.ceilDiv(images, perTask));
  }

  /**
   * The cores of all workers. They come one after the other while the session is young, and Spark
   * takes them for two before the first is there. Where it starts workers as there is work, those
   * of now.
   */
  private static int cores(SparkContext context) {
    boolean come =
        !context.isLocal()
            && !context.getConf().getBoolean("spark.dynamicAllocation.enabled", false);
    int there = 0;
    int steady = 0;
    for (int step = 0; come && step < LONGEST_WAIT && steady < STEADY; step++) {
      try {
        Thread.sleep(STEP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      // The driver is one of them.
      int now = context.getExecutorMemoryStatus().size() - 1;
      steady = now > 0 && now == there ? steady + 1 : 0;
      there = now;
    }
    return context.defaultParallelism();
  }
}
