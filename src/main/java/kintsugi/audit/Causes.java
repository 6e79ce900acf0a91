package kintsugi.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kintsugi.audit.Against.Stage;
import kintsugi.audit.Against.Variant;
import kintsugi.detector.Session;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;

/**
 * The likely causes of the first difference of two subjects. The stages before it agree, so that
 * what one of them lacks is taken from the other.
 */
final class Causes {
  private final Session session;
  private final Subject subjectA;
  private final Subject subjectB;
  private final Set<StageName> compared;
  private final ScoreCauses scores;
  private final Dump a;
  private final Dump b;

  /**
   * Causes of a difference.
   *
   * @param image on which it is the largest
   * @param compared the stages that both have
   * @param scores of all images
   */
  Causes(
      Session session,
      Subject a,
      Subject b,
      ImageSource image,
      Set<StageName> compared,
      ScoreCauses scores) {
    this.session = session;
    this.subjectA = a;
    this.subjectB = b;
    this.compared = compared;
    this.scores = scores;
    this.a = a.values(image);
    this.b = b.values(image);
  }

  /** The causes, the likeliest first. */
  List<String> of(StageName stage) {
    List<String> known =
        switch (stage) {
          case INPUT -> input();
          case CHANNELS -> fit().channels();
          case COVARIANCE -> fit().covariance();
          case BANK -> fit().bank();
          case NORMALISED -> normalised();
          case THRESHOLD -> ScoreCauses.threshold(a, b);
          case VERDICT -> verdict();
          default -> variants(stage);
        };
    if (known.isEmpty()) {
      known = replayed(stage);
    }
    if (known.isEmpty()) {
      known = relation(stage).map(List::of).orElse(List.of());
    }
    return known.isEmpty() ? unknown(stage) : known;
  }

  private List<String> unknown(StageName stage) {
    List<String> causes = new ArrayList<>(Against.possible(stage.text()));
    nearest(stage, b.or(a))
        .ifPresent(
            variant ->
                causes.add(
                    String.format(
                        Locale.ROOT,
                        "none of the known ways has B's values; the nearest is %s, off by %.1e",
                        variant.how(),
                        variant.error())));
    return causes;
  }

  private List<String> input() {
    Dump image = a.has("pixels") ? a : b;
    if (!image.has("pixels")) {
      return List.of();
    }
    Planes pixels = Planes.ofChannelsLast(image.get("pixels", 3));
    InputChoices mine = InputChoices.of(pixels, Planes.of(a.get("input", 3)));
    InputChoices theirs = InputChoices.of(pixels, Planes.of(b.get("input", 3)));
    return mine.found() && theirs.isNear() || mine.isNear() && theirs.found()
        ? mine.against(theirs)
        : List.of();
  }

  private FitCauses fit() {
    return new FitCauses(
        a, b, subjectA.how("covariance").orElse("not known"), subjectA.regularisation());
  }

  /**
   * Another rule, by A's own range and threshold or by B's; or the same rule with another range.
   */
  private List<String> normalised() {
    List<String> known = variants(StageName.NORMALISED);
    if (known.isEmpty()) {
      known = scores.range(a, b);
    }
    List<String> fitted = List.of("range", "threshold");
    return known.isEmpty()
        ? variants(StageName.NORMALISED, a.or(b), b.without(fitted).or(a))
        : known;
  }

  private List<String> verdict() {
    List<String> known = scores.threshold(a.or(b), a.has("threshold") ? "A" : "B");
    return known.isEmpty() ? variants(StageName.VERDICT) : known;
  }

  /** The variant that has B's values, next to A's; of layers those that differ. */
  private List<String> variants(StageName stage) {
    List<String> same = stage.tensors().stream().filter(name -> isSame(stage, name)).toList();
    return variants(stage, a.or(b).without(same), b.or(a).without(same));
  }

  private boolean isSame(StageName stage, String name) {
    return Difference.of(stage, name, a, b).filter(found -> found.within(stage)).isPresent();
  }

  private List<String> variants(StageName stage, Dump own, Dump other) {
    Optional<Variant> mine = nearest(stage, own);
    Optional<Variant> theirs = nearest(stage, other);
    boolean known = theirs.isPresent() && theirs.get().error() <= stage.tolerance();
    boolean both = known && mine.isPresent() && mine.get().error() <= stage.tolerance();
    if (both && !mine.get().how().equals(theirs.get().how())) {
      return List.of("A: " + mine.get().how() + "; B: " + theirs.get().how());
    }
    Optional<String> how = subjectA.how(stage.text());
    return known && !both && how.isPresent()
        ? List.of("A: " + how.get() + "; B: " + theirs.get().how())
        : List.of();
  }

  private Optional<Variant> nearest(StageName stage, Dump dump) {
    return new DumpStages(session, dump)
        .one(stage)
        .map(Stage::variants)
        .filter(variants -> !variants.isEmpty())
        .map(List::getFirst);
  }

  /** A relation of the values themselves, whatever was computed before. */
  private Optional<String> relation(StageName stage) {
    for (String name : stage.tensors()) {
      if (a.has(name) && b.has(name) && !isSame(stage, name)) {
        Tensor mine = a.any(name);
        Tensor theirs = b.any(name, mine.rank());
        if (stage == StageName.PIXELS) {
          mine = Planes.ofChannelsLast(a.get(name, 3)).channelsFirst();
          theirs = Planes.ofChannelsLast(b.get(name, 3)).channelsFirst();
        }
        boolean grid = !Set.of("embedding", "mean", "bank", "covariance").contains(name);
        Optional<String> found = Relations.of(mine, theirs, grid);
        if (found.isPresent()) {
          String layer = stage.tensors().size() > 1 ? name + ": " : "";
          return Optional.of(layer + "B's values are " + found.get());
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Where one has no stage before this one: the other is run from inputs of which one choice is
   * changed, until it has the same values.
   */
  private List<String> replayed(StageName stage) {
    boolean seen =
        compared.stream()
            .anyMatch(
                other ->
                    other != StageName.PIXELS && other.isPerImage() && other.compareTo(stage) < 0);
    if (seen || stage == StageName.INPUT || stage == StageName.PIXELS) {
      return List.of();
    }
    List<String> found = replayed(stage, subjectA, a, b, "B's values are A's with ");
    return found.isEmpty() ? replayed(stage, subjectB, b, a, "A's values are B's with ") : found;
  }

  private static List<String> replayed(
      StageName stage, Subject runner, Dump own, Dump wanted, String text) {
    if (!own.has("pixels", "input")) {
      return List.of();
    }
    Planes pixels = Planes.ofChannelsLast(own.get("pixels", 3));
    Planes input = Planes.of(own.get("input", 3));
    InputChoices choices = InputChoices.of(pixels, input);
    for (Map.Entry<String, Planes> each : choices.changed(pixels, input).entrySet()) {
      Optional<Dump> run = runner.from(each.getValue().channelsLast());
      boolean same =
          run.flatMap(values -> Difference.of(stage, values, wanted))
              .filter(difference -> difference.within(stage))
              .isPresent();
      if (same) {
        return List.of(text + "another input: " + each.getKey());
      }
    }
    return List.of();
  }
}
