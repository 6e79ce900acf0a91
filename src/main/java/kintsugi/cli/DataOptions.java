package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Layouts;
import kintsugi.dataset.Role;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.SplitPlan;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options of a data set: its place, its layout and its split; of one object or, for a grid, of
 * several.
 */
abstract class DataOptions {
  private static final String ALL = "all";
  private static final String AUTO = "auto";
  private static final String FOLDERS = "folders";
  private static final String HEADING = "%nData:%n";
  private static final int ORDER = 10;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  private static class Data {
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
            "folders: one folder per class; mvtec, mvtec2, loco, btad, kolektor, visa, real-iad: those"
                + " data sets' own; list: CSV or JSON lines with file, label and perhaps split,"
                + " mask, group; auto: which of these it is (default: ${DEFAULT-VALUE}).")
    private String layout = AUTO;

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

    @Option(
        names = "--train",
        paramLabel = "N",
        description =
            "Normal images to learn from (default: all that the data set has for it; of folders 250,"
                + " or 60 %% if there are too few).")
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
            "Images of either kind for the threshold (default: half of the data set's test list; of"
                + " folders 100, or half of what is left if there are too few).")
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

  private static final class OfOneObject extends Data {
    @Option(
        names = "--object",
        paramLabel = "NAME",
        description = "Which object of a data set that has several.")
    private String object;
  }

  private static final class OfObjects extends Data {
    @Option(
        names = "--objects",
        split = ",",
        paramLabel = "NAME",
        description = "Which objects of a data set that has several (default: all).")
    private List<String> objects = List.of(ALL);
  }

  /** For commands that take one object. */
  static final class One extends DataOptions {
    @ArgGroup(exclusive = false, multiplicity = "1", heading = HEADING, order = ORDER)
    private OfOneObject group = new OfOneObject();

    /** Empty where the data set has but one object, and before it is read. */
    private String object = "";

    @Override
    Data set() {
      return group;
    }

    /**
     * Reads and splits the data set.
     *
     * @throws kintsugi.InputException if it is not laid out so, or too small
     */
    Split split(long seed, Consumer<String> notices) {
      return split(samples(Optional.ofNullable(group.object), notices), seed, notices);
    }

    /** The object and its data set, once it was read, for titles. */
    String title() {
      String name = "" + data().toAbsolutePath().normalize().getFileName();
      return object.isEmpty() || object.equals(name) ? name : "object " + object + " of " + name;
    }

    @Override
    void read(Layouts.Found found) {
      object = found.object();
    }
  }

  /** For commands that take several objects. */
  static final class Several extends DataOptions {
    @ArgGroup(exclusive = false, multiplicity = "1", heading = HEADING, order = ORDER)
    private OfObjects group = new OfObjects();

    @Override
    Data set() {
      return group;
    }

    /**
     * Reads the data sets of the objects chosen, by their names; that of a set with but one object
     * is the folder's.
     *
     * @throws kintsugi.InputException if one is not there, or not laid out so
     */
    Map<String, DataSet> objects(Consumer<String> notices) {
      Data set = group;
      List<String> chosen = group.objects;
      boolean all = chosen.equals(List.of(ALL));
      if (isFolders() && !all) {
        throw wrong("--objects: folders of classes are one object; leave it out");
      }
      if (all) {
        chosen = isFolders() ? List.of() : Layouts.objects(set.data, layout());
      }
      Map<String, DataSet> objects = new LinkedHashMap<>();
      chosen.forEach(name -> objects.put(name, samples(Optional.of(name), notices)));
      if (chosen.isEmpty()) {
        Path place = set.data.toAbsolutePath().normalize();
        Path named = Files.isDirectory(place) ? place : place.getParent();
        objects.put("" + named.getFileName(), samples(Optional.empty(), notices));
      }
      return objects;
    }

    /** The options that a split depends on, by their names. */
    Map<String, String> settings() {
      Data set = group;
      Map<String, String> settings = new LinkedHashMap<>();
      settings.put("data", "" + set.data.toAbsolutePath().normalize());
      settings.put("train", shown(set.train, set.trainFraction));
      settings.put("calibrate", shown(set.calibrate, set.calibrateFraction));
      settings.put("test", shown(set.test, null));
      settings.put("group-by", set.groupBy == null ? "none" : "" + set.groupBy);
      return settings;
    }
  }

  private static String shown(Integer count, Double fraction) {
    String named = count == null ? "" + fraction : "" + count;
    return named.equals("null") ? "default" : named;
  }

  abstract Data set();

  /** Takes note of what a data set was found to be. */
  void read(Layouts.Found found) {}

  /** Where the data set lies, for titles. */
  Path data() {
    return set().data;
  }

  /** Rejects options that exclude each other, and missing ones, before any work. */
  void check() {
    Data set = set();
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
    set.layout = set.layout.toLowerCase(Locale.ROOT);
    if (isFolders() && (set.normal == null || set.anomalous.isEmpty())) {
      throw wrong("a folder per class needs both --normal NAME and --anomalous NAME");
    }
    if (!isFolders() && !set.layout.equals(AUTO) && !Layouts.names().contains(set.layout)) {
      throw wrong("--layout: auto, folders, " + String.join(", ", Layouts.names()));
    }
    if (!Files.exists(set.data)) {
      ImageFolder.require(set.data);
    }
  }

  boolean isFolders() {
    Data set = set();
    boolean named = set.normal != null || !set.anomalous.isEmpty();
    return set.layout.equals(FOLDERS) || set.layout.equals(AUTO) && named;
  }

  private static boolean isBelowOne(Integer number) {
    return number != null && number < 1;
  }

  private static boolean isFraction(Double value) {
    return value == null || value > 0 && value <= 1;
  }

  ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /**
   * Splits a data set.
   *
   * @throws kintsugi.InputException if it is too small
   */
  Split split(DataSet samples, long seed, Consumer<String> notices) {
    Data set = set();
    SplitPlan plan =
        new SplitPlan(
            amount(set.train, set.trainFraction),
            amount(set.calibrate, set.calibrateFraction),
            amount(set.test, null));
    return plan.draw(samples, seed, notices);
  }

  /** The data set of an object, or that of the only one. */
  DataSet samples(Optional<String> object, Consumer<String> notices) {
    Data set = set();
    DataSet samples = isFolders() ? folders(notices) : published(object, notices);
    return set.groupBy == null ? samples : samples.groupedBy(set.groupBy);
  }

  Optional<String> layout() {
    return Optional.of(set().layout).filter(layout -> !layout.equals(AUTO));
  }

  private static Optional<Amount> amount(Integer count, Double fraction) {
    Optional<Amount> number = Optional.ofNullable(count).map(Amount::count);
    return number.or(() -> Optional.ofNullable(fraction).map(Amount::fraction));
  }

  private DataSet published(Optional<String> object, Consumer<String> notices) {
    Data set = set();
    Layouts.Found found = Layouts.read(set.data, layout(), object, notices);
    read(found);
    if (layout().isEmpty() || object.isEmpty() && !found.object().isEmpty()) {
      notices.accept(set.data + ": " + found);
    }
    return found.samples();
  }

  private DataSet folders(Consumer<String> notices) {
    Data set = set();
    List<Sample> samples =
        new ArrayList<>(
            ImageFolder.samples(set.data.resolve(set.normal), Role.TEST_NORMAL, notices));
    for (String name : set.anomalous) {
      samples.addAll(ImageFolder.samples(set.data.resolve(name), Role.TEST_ANOMALOUS, notices));
    }
    return DataSet.open(samples);
  }
}
