package kintsugi.audit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.detector.Session;
import kintsugi.image.ImageSource;

/**
 * The comparison of two implementations, or two models, stage by stage: the first stage in which
 * they differ on the same images, by how much, and the likely cause.
 *
 * <p>The cause is found as {@link Against} finds it: the stage is computed from the values before
 * it, which both agree on, in each known variant, and the variant that has one's values is named.
 */
public final class Doctor {
  private Doctor() {}

  /**
   * One stage.
   *
   * @param name of the stage
   * @param status {@code same}, {@code differs}, {@code only in A} or {@code only in B}
   * @param absolute the maximum absolute difference
   * @param relative the same as a fraction of the stage's maximum
   * @param tolerance the fraction up to which the stage is the same
   * @param image with that difference
   * @param place of it: the index of the value, or both shapes where they differ
   */
  public record Compared(
      String name,
      String status,
      double absolute,
      double relative,
      double tolerance,
      String image,
      String place) {}

  /**
   * The image scores of one image.
   *
   * @param image its name
   * @param a by the first
   * @param b by the second
   */
  public record Scores(String image, double a, double b) {}

  /**
   * The result.
   *
   * @param a the name of the first
   * @param b the name of the second
   * @param first the first stage that differs; null where none does
   * @param image on which it differs most
   * @param causes the likely causes, the likeliest first
   * @param next what to do about it; empty where no stage differs
   * @param notices what a user should know of how the values came about, in sentences
   * @param stages those that one of both has, in the order of the data
   * @param scores of each image
   */
  public record Diagnosis(
      String a,
      String b,
      String first,
      String image,
      List<String> causes,
      String next,
      List<String> notices,
      List<Compared> stages,
      List<Scores> scores) {

    /** {@return whether no stage differs} */
    public boolean same() {
      return first == null;
    }
  }

  /**
   * Compares.
   *
   * @param session the weights and the engine by which stages are computed in their variants
   * @param a the first
   * @param b the second
   * @param images to compare on; empty for those whose pixels one of both holds, or that both hold
   *     values of
   * @return the result
   * @throws InputException if there is no image to compare on, one cannot be read, two would have
   *     the same values of a dump, or both have no stage in common
   */
  public static Diagnosis compare(
      Session session, Subject a, Subject b, List<? extends ImageSource> images) {
    List<ImageSource> cases = images.isEmpty() ? own(a, b) : held(List.copyOf(images), a, b);
    for (Subject subject : List.of(a, b)) {
      if (subject instanceof DumpSubject values) {
        values.require(cases.stream().map(ImageSource::name).toList());
      }
    }
    return Against.fitting(a.name() + " and " + b.name(), () -> compared(session, a, b, cases));
  }

  private static Diagnosis compared(
      Session session, Subject a, Subject b, List<ImageSource> cases) {
    Map<StageName, Worst> worst = new EnumMap<>(StageName.class);
    Map<StageName, String> alone = new EnumMap<>(StageName.class);
    List<Scores> scores = new ArrayList<>();
    ScoreCauses decisions = new ScoreCauses();
    for (ImageSource image : cases) {
      Dump x = a.values(image);
      Dump y = b.values(image);
      boolean firstImage = image == cases.getFirst();
      for (StageName stage : StageName.values()) {
        if (firstImage || stage.isPerImage()) {
          compare(stage, image, x, y, worst, alone);
        }
      }
      scores.add(new Scores(image.name(), score(x), score(y)));
      decisions.add(x, y);
    }
    if (worst.keySet().stream().allMatch(stage -> stage == StageName.PIXELS)) {
      throw new InputException(
          a.name() + " and " + b.name() + ": have no stage in common; see docs/interop.md");
    }
    return diagnosis(session, a, b, worst, alone, scores, decisions);
  }

  /** The largest difference of a stage. */
  private record Worst(Difference difference, ImageSource image) {}

  private static void compare(
      StageName stage,
      ImageSource image,
      Dump x,
      Dump y,
      Map<StageName, Worst> worst,
      Map<StageName, String> alone) {
    Optional<Difference> difference = Difference.of(stage, x, y);
    if (difference.isPresent()) {
      Worst before = worst.get(stage);
      if (difference.get().exceeds(before == null ? null : before.difference)) {
        worst.put(stage, new Worst(difference.get(), image));
      }
      return;
    }
    for (String name : stage.tensors()) {
      if (x.has(name) || y.has(name)) {
        alone.put(stage, x.has(name) ? "only in A" : "only in B");
      }
    }
  }

  private static double score(Dump values) {
    return values.has("score") ? values.get("score", 1).data()[0] : Double.NaN;
  }

  private static Diagnosis diagnosis(
      Session session,
      Subject a,
      Subject b,
      Map<StageName, Worst> worst,
      Map<StageName, String> alone,
      List<Scores> scores,
      ScoreCauses decisions) {
    List<Compared> stages = new ArrayList<>();
    StageName first = null;
    for (StageName stage : StageName.values()) {
      Worst found = worst.get(stage);
      if (found != null) {
        boolean same = found.difference.within(stage);
        first = first == null && !same ? stage : first;
        stages.add(row(stage, found));
      } else if (alone.containsKey(stage)) {
        stages.add(
            new Compared(
                stage.text(), alone.get(stage), Double.NaN, Double.NaN, stage.tolerance(), "", ""));
      }
    }
    if (first == null) {
      return new Diagnosis(
          a.name(), b.name(), null, null, List.of(), "", notices(a, b), stages, scores);
    }
    ImageSource image = worst.get(first).image;
    Causes causes = new Causes(session, a, b, image, worst.keySet(), decisions);
    return new Diagnosis(
        a.name(),
        b.name(),
        first.text(),
        image.name(),
        causes.of(first),
        first.advice() + "; then compare again, since later stages may follow from this one",
        notices(a, b),
        stages,
        scores);
  }

  private static List<String> notices(Subject a, Subject b) {
    return Stream.of(a, b).flatMap(subject -> subject.notices().stream()).distinct().toList();
  }

  private static Compared row(StageName stage, Worst found) {
    Difference difference = found.difference;
    String place = stage.tensors().size() > 1 ? difference.tensor() + " " : "";
    return new Compared(
        stage.text(),
        difference.within(stage) ? "same" : "differs",
        difference.absolute(),
        difference.relative(),
        stage.tolerance(),
        found.image.name(),
        (place + difference.place()).strip());
  }

  /** The images that both have, by the pixels that one holds. */
  private static List<ImageSource> own(Subject a, Subject b) {
    DumpSubject holder =
        a instanceof DumpSubject first ? first : b instanceof DumpSubject second ? second : null;
    if (holder == null) {
      throw new InputException(
          a.name() + " and " + b.name() + ": name images to compare them on (images)");
    }
    Subject other = holder == a ? b : a;
    List<ImageSource> images = new ArrayList<>();
    for (String name : holder.images()) {
      if (other instanceof DumpSubject values) {
        if (values.has(name)) {
          images.add(ImageSource.of(name, new byte[0]));
        }
      } else {
        holder.pixels(name).ifPresent(images::add);
      }
    }
    if (images.isEmpty()) {
      throw new InputException(
          holder.name()
              + (other instanceof DumpSubject
                  ? " and " + other.name() + ": hold values of no image in common"
                  : ": does not hold the pixels of its images; name the images (images)"));
    }
    return images;
  }

  /** Those images whose values both have. */
  private static List<ImageSource> held(List<ImageSource> images, Subject a, Subject b) {
    List<ImageSource> held =
        images.stream().filter(image -> has(a, image) && has(b, image)).toList();
    if (held.isEmpty()) {
      throw new InputException(
          Path.of(images.getFirst().name()).getFileName()
              + " and the other images: "
              + a.name()
              + " or "
              + b.name()
              + " holds no values of them; name the images by which the values are named (images)");
    }
    return held;
  }

  private static boolean has(Subject subject, ImageSource image) {
    return !(subject instanceof DumpSubject values) || values.has(image.name());
  }
}
