package kintsugi.audit;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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
  private final Dump a;
  private final Dump b;

  /**
   * Causes of a difference.
   *
   * @param image on which it is the largest
   * @param compared the stages that both have
   */
  Causes(Session session, Subject a, Subject b, ImageSource image, Set<StageName> compared) {
    this.session = session;
    this.subjectA = a;
    this.subjectB = b;
    this.compared = compared;
    this.a = a.values(image);
    this.b = b.values(image);
  }

  /** The causes, the likeliest first. */
  List<String> of(StageName stage) {
    List<String> known =
        switch (stage) {
          case INPUT -> input();
          case CHANNELS -> channels();
          case COVARIANCE -> covariance();
          case BANK -> bank();
          case NORMALISED -> normalised();
          case THRESHOLD -> threshold();
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
    return mine.found() && theirs.found() ? mine.against(theirs) : List.of();
  }

  private List<String> channels() {
    int[] mine = a.integers("channels");
    int[] theirs = b.integers("channels");
    if (mine.length != theirs.length) {
      return List.of("another number of channels: A draws " + mine.length + ", B " + theirs.length);
    }
    boolean same =
        Arrays.equals(
            IntStream.of(mine).sorted().toArray(), IntStream.of(theirs).sorted().toArray());
    long common =
        IntStream.of(mine).filter(c -> IntStream.of(theirs).anyMatch(k -> k == c)).count();
    return List.of(
        same
            ? "the same channels in another order"
            : "other channels drawn: "
                + common
                + " of A's "
                + mine.length
                + " are among B's; another seed or another generator");
  }

  private List<String> covariance() {
    List<Tensor> both = Difference.sameCovariances(a, b);
    Tensor x = both.getFirst();
    Tensor y = both.getLast();
    if (!Arrays.equals(x.shape(), y.shape())) {
      return List.of();
    }
    int d = x.dim(1);
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.size(); i++) {
      if (i % (d * d) % (d + 1) != 0) {
        xy += (double) x.data()[i] * y.data()[i];
        xx += (double) x.data()[i] * x.data()[i];
      }
    }
    double factor = xy / xx;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double apart = 0;
    double scale = 0;
    for (int i = 0; i < x.size(); i++) {
      double rest = y.data()[i] - factor * x.data()[i];
      scale = Math.max(scale, Math.abs(x.data()[i]));
      if (i % (d * d) % (d + 1) == 0) {
        low = Math.min(low, rest);
        high = Math.max(high, rest);
      } else {
        apart = Math.max(apart, Math.abs(rest));
      }
    }
    if (!(apart <= 1e-4 * scale) || !(high - low <= 1e-4 * scale)) {
      return List.of();
    }
    return regularised(factor, (low + high) / 2, scale);
  }

  /** {@code B = factor·A + more·I}. */
  private List<String> regularised(double factor, double more, double scale) {
    List<String> causes = new ArrayList<>();
    if (Math.abs(factor - 1) > 1e-4) {
      // (N − 1)/N, or its inverse.
      double images = factor < 1 ? 1 / (1 - factor) : factor / (factor - 1);
      boolean counts = Math.abs(images - Math.rint(images)) < 0.01 * images;
      causes.add(
          counts
              ? String.format(
                  Locale.ROOT,
                  "the covariance is divided by N (%.0f images) in %s, by N − 1 in %s",
                  images,
                  factor < 1 ? "B" : "A",
                  factor < 1 ? "A" : "B")
              : String.format(Locale.ROOT, "B's covariances are %.5g times A's", factor));
    } else if (Math.abs(more) > 1e-7 * scale) {
      causes.add(
          String.format(
              Locale.ROOT,
              "another regularisation: B's covariances have %s·I %s than A's (A: %s)",
              new BigDecimal(Math.abs(more))
                  .round(new MathContext(2))
                  .stripTrailingZeros()
                  .toPlainString(),
              more > 0 ? "more" : "less",
              subjectA.how("covariance").orElse("not known")));
    }
    return causes;
  }

  private List<String> bank() {
    int mine = a.get("bank", 2).dim(0);
    int theirs = b.get("bank", 2).dim(0);
    return List.of(
        mine == theirs
            ? "other patches in the memory bank: another coreset, other images or another order"
                + " of them, or embeddings made otherwise"
            : "a memory bank of another size: " + mine + " patches in A, " + theirs + " in B");
  }

  /**
   * Another rule, by A's own range and threshold or by B's; or the same rule with another range.
   */
  private List<String> normalised() {
    List<String> known = variants(StageName.NORMALISED, b.or(a));
    if (known.isEmpty() && a.has("range") && b.has("range")) {
      float[] mine = a.get("range", 1).data();
      float[] theirs = b.get("range", 1).data();
      if (!Arrays.equals(mine, theirs)) {
        return List.of(
            "another range: A's is "
                + Arrays.toString(mine)
                + ", B's is "
                + Arrays.toString(theirs)
                + "; calibrated with other images");
      }
    }
    List<String> fitted = List.of("range", "threshold");
    return known.isEmpty() ? variants(StageName.NORMALISED, b.without(fitted).or(a)) : known;
  }

  private List<String> threshold() {
    return CalibrationVariants.threshold(a, b)
        .or(
            () ->
                CalibrationVariants.threshold(b, a)
                    .map(
                        text -> text.replace("B's", "?").replace("A's", "B's").replace("?", "A's")))
        .map(List::of)
        .orElse(List.of());
  }

  /** The variant that has B's values, next to A's. */
  private List<String> variants(StageName stage) {
    return variants(stage, b.or(a));
  }

  private List<String> variants(StageName stage, Dump other) {
    Optional<Variant> mine = nearest(stage, a.or(b));
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
      if (a.has(name) && b.has(name)) {
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
