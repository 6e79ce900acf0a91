package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.FileList;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Mvtec;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.Visa;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a data set: its place, its layout and its split. */
final class DataOptions {
  private static final int TRAIN = 250;
  private static final int CALIBRATE = 100;
  private static final double CALIBRATE_FRACTION = 0.5;

  /** The layouts of data sets. */
  enum Layout {
    /** One folder per class. */
    FOLDERS,

    /** MVTec AD's own. */
    MVTEC,

    /** VisA's own. */
    VISA,

    /** CSV or JSON lines. */
    LIST
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nData:%n", order = 10)
  private Data set = new Data();

  private static final class Data {
    @Option(
        names = "--data",
        required = true,
        paramLabel = "DIR|LIST",
        description = "The data set's folder, or the list of its images.")
    private Path data;

    @Option(
        names = "--layout",
        paramLabel = "NAME",
        description =
            "folders: one folder per class; mvtec, visa: those data sets' own; list: CSV or JSON"
                + " lines with file, label and perhaps split, mask, group (default:"
                + " ${DEFAULT-VALUE}).")
    private Layout layout = Layout.FOLDERS;

    @Option(
        names = "--normal",
        paramLabel = "NAME",
        description = "folders: the folder of normal images.")
    private String normal;

    @Option(
        names = "--anomalous",
        split = ",",
        paramLabel = "NAME",
        description = "folders: those of anomalous images, one per class of defect.")
    private List<String> anomalous = List.of();

    @Option(names = "--object", paramLabel = "NAME", description = "mvtec, visa: which object.")
    private String object;

    @Option(
        names = "--train",
        paramLabel = "N",
        description =
            "Normal images to learn from (default: 250, or all that the data set has for it).")
    private Integer train;

    @Option(
        names = "--train-fraction",
        paramLabel = "X",
        description = "The same as a fraction of them.")
    private Double trainFraction;

    @Option(
        names = "--calibrate",
        paramLabel = "N",
        description =
            "Images of either kind for the threshold (default: 100, or half of the data set's test"
                + " list).")
    private Integer calibrate;

    @Option(
        names = "--calibrate-fraction",
        paramLabel = "X",
        description = "The same as a fraction of those not learnt from.")
    private Double calibrateFraction;

    @Option(
        names = "--test",
        paramLabel = "N",
        description = "Images of either kind to test (default: all that are left).")
    private Integer test;

    @Option(
        names = "--group-by",
        paramLabel = "REGEX",
        description =
            "Images stay in one subset of the split where this finds the same in their paths: its"
                + " first group in parentheses, or all of it.")
    private Pattern groupBy;
  }

  /** Where the data set lies, for titles. */
  Path data() {
    return set.data;
  }

  /** Rejects options that exclude each other, and missing ones, before any work. */
  void check() {
    if (set.train != null && set.train < 2 || isBelowOne(set.calibrate) || isBelowOne(set.test)) {
      throw wrong("--train: at least 2; --calibrate and --test: at least 1");
    }
    if (set.train != null && set.trainFraction != null
        || set.calibrate != null && set.calibrateFraction != null) {
      throw wrong(
          "--train and --train-fraction exclude each other, and so do --calibrate and"
              + " --calibrate-fraction");
    }
    if (!isFraction(set.trainFraction) || !isFraction(set.calibrateFraction)) {
      throw wrong("--train-fraction and --calibrate-fraction: above 0 and at most 1");
    }
    if (set.layout == Layout.FOLDERS && (set.normal == null || set.anomalous.isEmpty())) {
      throw wrong("--layout folders needs --normal NAME and --anomalous NAME");
    }
    if ((set.layout == Layout.MVTEC || set.layout == Layout.VISA) && set.object == null) {
      throw wrong("--layout mvtec and --layout visa need --object NAME");
    }
  }

  private static boolean isBelowOne(Integer number) {
    return number != null && number < 1;
  }

  private static boolean isFraction(Double value) {
    return value == null || value > 0 && value <= 1;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /**
   * Reads and splits the data set.
   *
   * @throws kintsugi.InputException if it is not laid out so, or too small
   */
  Split split(long seed) {
    DataSet samples =
        switch (set.layout) {
          case FOLDERS -> folders();
          case MVTEC -> Mvtec.read(set.data, set.object);
          case VISA -> Visa.read(set.data, set.object);
          case LIST -> FileList.read(set.data);
        };
    if (set.groupBy != null) {
      samples = samples.groupedBy(set.groupBy);
    }
    boolean open = !samples.open().isEmpty();
    return Split.of(
        samples,
        amount(set.train, set.trainFraction, open ? Amount.count(TRAIN) : Amount.ALL),
        amount(
            set.calibrate,
            set.calibrateFraction,
            open ? Amount.count(CALIBRATE) : Amount.fraction(CALIBRATE_FRACTION)),
        amount(set.test, null, Amount.ALL),
        seed);
  }

  private static Amount amount(Integer count, Double fraction, Amount usual) {
    if (count != null) {
      return Amount.count(count);
    }
    return fraction == null ? usual : Amount.fraction(fraction);
  }

  private DataSet folders() {
    List<Sample> samples = new ArrayList<>(ImageFolder.normal(set.data.resolve(set.normal)));
    set.anomalous.forEach(name -> samples.addAll(ImageFolder.anomalous(set.data.resolve(name))));
    return DataSet.open(samples);
  }
}
