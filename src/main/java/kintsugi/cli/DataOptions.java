package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.FileList;
import kintsugi.dataset.Mvtec;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.Visa;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a data set lies, how it is laid out, and how it is split. */
final class DataOptions {
  private static final int TRAIN = 250;
  private static final int CALIBRATE = 100;
  private static final double CALIBRATE_SHARE = 0.5;

  /** How a data set is laid out. */
  enum Layout {
    /** One folder a class. */
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

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR|LIST",
      description = "The data set's folder, or the list of its pictures.")
  Path data;

  @Option(
      names = "--layout",
      defaultValue = "folders",
      paramLabel = "NAME",
      description =
          "folders: one folder a class; mvtec, visa: those data sets' own; list: CSV or JSON lines"
              + " with file, label and perhaps split, mask, group (default: ${DEFAULT-VALUE}).")
  private Layout layout;

  @Option(
      names = "--normal",
      paramLabel = "NAME",
      description = "folders: the folder of normal pictures.")
  private String normal;

  @Option(
      names = "--anomalous",
      split = ",",
      paramLabel = "NAME",
      description = "folders: those of anomalous pictures, one a kind of defect.")
  private List<String> anomalous = List.of();

  @Option(names = "--object", paramLabel = "NAME", description = "mvtec, visa: which object.")
  private String object;

  @Option(
      names = "--train",
      paramLabel = "N",
      description =
          "Normal pictures to learn from (default: 250, or all that the data set has for it).")
  private Integer train;

  @Option(
      names = "--train-fraction",
      paramLabel = "X",
      description = "The same as a share of them.")
  private Double trainFraction;

  @Option(
      names = "--calibrate",
      paramLabel = "N",
      description =
          "Pictures of either kind for the threshold (default: 100, or half of the data set's test"
              + " list).")
  private Integer calibrate;

  @Option(
      names = "--calibrate-fraction",
      paramLabel = "X",
      description = "The same as a share of those not learnt from.")
  private Double calibrateFraction;

  @Option(
      names = "--test",
      paramLabel = "N",
      description = "Pictures of either kind to test (default: all that are left).")
  private Integer test;

  @Option(
      names = "--group-by",
      paramLabel = "REGEX",
      description =
          "Pictures stay on one side of the split where this finds the same in their paths: its"
              + " first group in parentheses, or all of it.")
  private Pattern groupBy;

  /** Refuses what does not go together, before any work. */
  void check() {
    if (train != null && train < 2 || isBelowOne(calibrate) || isBelowOne(test)) {
      throw wrong("--train: at least 2; --calibrate and --test: at least 1");
    }
    if (train != null && trainFraction != null || calibrate != null && calibrateFraction != null) {
      throw wrong("--train and --train-fraction exclude each other, and so do --calibrate's");
    }
    if (!isShare(trainFraction) || !isShare(calibrateFraction)) {
      throw wrong("--train-fraction and --calibrate-fraction: above 0 and at most 1");
    }
    if (layout == Layout.FOLDERS && (normal == null || anomalous.isEmpty())) {
      throw wrong("--layout folders needs --normal NAME and --anomalous NAME");
    }
    if ((layout == Layout.MVTEC || layout == Layout.VISA) && object == null) {
      throw wrong("--layout mvtec and --layout visa need --object NAME");
    }
  }

  private static boolean isBelowOne(Integer number) {
    return number != null && number < 1;
  }

  private static boolean isShare(Double value) {
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
    DataSet set =
        switch (layout) {
          case FOLDERS -> folders();
          case MVTEC -> Mvtec.read(data, object);
          case VISA -> Visa.read(data, object);
          case LIST -> FileList.read(data);
        };
    if (groupBy != null) {
      set = set.groupedBy(groupBy);
    }
    boolean open = !set.open().isEmpty();
    return Split.of(
        set,
        amount(train, trainFraction, open ? Amount.count(TRAIN) : Amount.ALL),
        amount(
            calibrate,
            calibrateFraction,
            open ? Amount.count(CALIBRATE) : Amount.share(CALIBRATE_SHARE)),
        amount(test, null, Amount.ALL),
        seed);
  }

  private static Amount amount(Integer count, Double share, Amount usual) {
    if (count != null) {
      return Amount.count(count);
    }
    return share == null ? usual : Amount.share(share);
  }

  private DataSet folders() {
    List<Sample> samples = new ArrayList<>(PictureFolder.normal(data.resolve(normal)));
    anomalous.forEach(name -> samples.addAll(PictureFolder.anomalous(data.resolve(name))));
    return DataSet.open(samples);
  }
}
