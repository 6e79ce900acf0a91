package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.Role;
import kintsugi.image.ImageSource;
import kintsugi.lesson.LessonImages;
import kintsugi.lesson.Playable;
import kintsugi.lesson.Topic;
import kintsugi.report.LessonReport;
import kintsugi.report.Printable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "lesson",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a page on which a step of the two papers is played with, on real numbers of one's own"
          + " images or of drawn ones. Without a name it lists the pages.",
      "",
      "Examples:",
      "  ./kintsugi lesson",
      "  ./kintsugi lesson gaussian",
      "  ./kintsugi lesson gaussian --train good --image new.jpg",
      ""
    })
final class LessonCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "A page.")
  private String name;

  @ArgGroup(exclusive = false, heading = "%nImages (default: drawn concrete):%n", order = 10)
  private Own own;

  static final class Own {
    @Option(
        names = "--train",
        required = true,
        paramLabel = "DIR|LIST",
        description =
            "Normal images to learn from, the first 128. Where a normal image is held out it is the"
                + " one after them, or else the last. Pages about PatchCore learn from the first"
                + " 16; threshold learns from one half, at most 64, and holds the other out.")
    private Path train;

    @Option(
        names = "--image",
        paramLabel = "FILE",
        description = "The image in question, if the page compares one with those.")
    private Path image;

    @Option(
        names = "--anomalous",
        paramLabel = "DIR|LIST",
        description = "Anomalous images, the first 64, for threshold.")
    private Path anomalous;

    private List<ImageSource> tests(Kintsugi kintsugi) {
      return anomalous == null
          ? Stream.ofNullable(image).map(ImageSource::of).toList()
          : kintsugi.images(anomalous, Role.TEST_ANOMALOUS);
    }
  }

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Fixes draws, and the drawn images (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "out/lesson",
      paramLabel = "DIR",
      order = 50,
      description = "Where NAME.html goes (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Override
  public Integer call() {
    if (name == null) {
      Topic.ALL.forEach(topic -> print("%-12s %s%n", topic.name(), topic.outline()));
      return 0;
    }
    Topic topic = topic();
    if (own != null) {
      requireWhatIsCompared(topic);
      Main.requireFile(own.image);
      Main.requireImages(List.of(own.train), own.anomalous);
    }
    List<Path> read = own == null ? List.of() : Stream.ofNullable(own.image).toList();
    try (OutputFolder folder = LessonReport.open(out, topic, read);
        Kintsugi kintsugi = run.open()) {
      LessonImages images =
          own == null
              ? LessonImages.drawn(seed, topic.compared())
              : LessonImages.of(kintsugi, own.train, own.tests(kintsugi), topic.compared());
      Playable playable = topic.maker().of(kintsugi, images, seed);
      LessonReport.write(folder, topic, Main.typed(spec), playable);
      print("page: %s%n", Printable.line("" + out.resolve(LessonReport.file(topic))));
      return run.done(kintsugi);
    }
  }

  private void requireWhatIsCompared(Topic topic) {
    boolean many = topic.compared() == Topic.Compared.ANOMALOUS;
    boolean one = !many && topic.compared() != Topic.Compared.NOTHING;
    if (one && own.image == null) {
      throw wrong(topic, "compares an image with those of --train; name it with --image");
    }
    if (!one && own.image != null) {
      throw wrong(topic, "has no image in question; leave out --image");
    }
    if (many && own.anomalous == null) {
      throw wrong(topic, "compares anomalous images with normal ones; name them with --anomalous");
    }
    if (!many && own.anomalous != null) {
      throw wrong(topic, "compares no anomalous images; leave out --anomalous");
    }
  }

  private ParameterException wrong(Topic topic, String why) {
    return new ParameterException(spec.commandLine(), topic.name() + " " + why);
  }

  private Topic topic() {
    List<String> names = Topic.ALL.stream().map(Topic::name).toList();
    int at = names.indexOf(name);
    if (at < 0) {
      String meant =
          Typo.nearest(name, names)
              .map(near -> "the nearest is " + near)
              .orElse("there are " + String.join(", ", names));
      throw new ParameterException(spec.commandLine(), "there is no page " + name + "; " + meant);
    }
    return Topic.ALL.get(at);
  }

  private void print(String format, Object... values) {
    spec.commandLine().getOut().printf(Locale.ROOT, format, values);
  }
}
