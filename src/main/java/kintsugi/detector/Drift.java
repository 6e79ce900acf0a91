package kintsugi.detector;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A monitor of a stream of images that notices when they are no longer like those of the model's
 * calibration and those before them: another light, another focus, another product. It looks at the
 * images that are predicted normal, so that bad parts are not taken for a change, and at six
 * statistics of each: the image score, the median of the score map, and the luminance, contrast,
 * sharpness and warmth of the image ({@link ImageStatistics}), which change where a score hides it.
 *
 * <p>Each statistic has its conformal p-values ({@link kintsugi.metric.OnlinePValues}) and a test
 * martingale that bets against them ({@link kintsugi.metric.ChangeMartingale}). The alarm is raised
 * when one of the {@code J} martingales reaches {@code J · }{@value #LIMIT}. While normal images
 * can be exchanged with those of the calibration, the probability that this ever happens, in a
 * stream of any length, is at most {@code 1/}{@value #LIMIT}: by Ville's inequality for each, and
 * the sum of the probabilities for all of them. (The martingales' average would not do: each is one
 * by its own p-values, but not by those of the others.)
 *
 * <p>The calibration's normal images are taken by the same rule as the stream's, below the
 * threshold. Where the rule sets it by the rank of a normal score, the highest below it is left
 * out: given that image, the others are like the stream's. A threshold that is a value has nothing
 * to leave out; with a margin, or optimised with anomalous images, the bound holds nearly.
 *
 * <p>The stream is compared with itself alone where the calibration's images are not like its own:
 * the model was fitted to some of them, or images were taught or taken back since. Where its scores
 * are those of a cross-validation they are not compared, but light, contrast, sharpness and warmth
 * are; other models chose its images then, and the bound holds nearly. What an earlier release did
 * not keep is not used. The regions of the images that are looked at must be those of the
 * calibration; for a stream with others, such as one painted later, there is {@link #ofStream}.
 *
 * <p>Any number of threads may observe. The order of the images, and nothing else, fixes the draws
 * among equal values. Memory is bounded: {@value kintsugi.metric.OnlinePValues#CAPACITY} values per
 * statistic, and the last {@value #REMEMBERED} images' statistics.
 */
public final class Drift {
  /** The statistic from which on there is an alarm. */
  public static final double LIMIT = 10_000;

  /** Images of which drivers are chosen. */
  private static final int REMEMBERED = 1000;

  /** How many drivers are named. */
  private static final int DRIVERS = 10;

  private static final long SEED = 0x6b696e7473756769L;

  private final Optional<Calibration> calibration;
  private final List<DriftChannel> channels;
  private final Deque<Seen> last = new ArrayDeque<>();
  private long count;
  private long compared;
  private Alarm alarm;

  /** What was known when the alarm was raised. */
  private record Alarm(String channel, Seen since, List<Driver> drivers) {}

  /**
   * An image that was compared.
   *
   * @param pValues one per kind of channel, NaN where its statistic is unknown
   */
  record Seen(long number, Instant time, CalibrationImage image, double[] pValues) {}

  /**
   * The state of a stream.
   *
   * @param n images observed
   * @param compared those of them that were predicted normal, which alone are compared
   * @param statistic the largest martingale divided by the number of channels
   * @param limit the statistic from which on there is an alarm
   * @param alarm whether the statistic has ever reached the limit
   * @param since the number of the first image after the change, from 1; empty without an alarm
   * @param sinceTime when it was observed; empty without an alarm
   * @param channel by which the alarm was raised, such as {@code luminance}; empty without one
   * @param drivers the images that contributed most to the alarm, of the last {@value #REMEMBERED}
   *     before it; none without an alarm
   * @param channels each statistic's own figure, in the same units
   */
  public record Status(
      long n,
      long compared,
      double statistic,
      double limit,
      boolean alarm,
      OptionalLong since,
      Optional<Instant> sinceTime,
      Optional<String> channel,
      List<Driver> drivers,
      List<Channel> channels) {

    /** {@return what a person is told of the stream, in one line} */
    public String sentence() {
      if (!alarm) {
        return "the images have not changed";
      }
      String first = drivers.isEmpty() ? "" : ", most of all " + drivers.getFirst().name();
      return "images have changed since number "
          + since.orElseThrow()
          + ", "
          + sinceTime.orElseThrow()
          + " ("
          + channel.orElseThrow()
          + first
          + "): look at the camera, the light and the product";
    }
  }

  /**
   * An image that contributed to an alarm.
   *
   * @param number of the image in the stream, from 1
   * @param name of the image
   * @param time when it was observed
   * @param statistic its value of the channel's statistic
   * @param pValue the rate of images before it with a larger value
   * @param factor by which it multiplied the martingale
   */
  public record Driver(
      long number, String name, Instant time, double statistic, double pValue, double factor) {}

  /**
   * A statistic that is watched.
   *
   * @param name such as {@code luminance}
   * @param statistic its martingale divided by the number of channels
   */
  public record Channel(String name, double statistic) {}

  private Drift(Optional<Calibration> calibration, boolean comparable) {
    this.calibration = calibration;
    Optional<Calibration> compared = calibration.filter(c -> comparable && c.learnt() == 0);
    List<CalibrationImage> normal = compared.map(Drift::predictedNormal).orElse(List.of());
    boolean heldOut = compared.map(c -> c.scores().heldOut()).orElse(false);
    this.channels =
        Stream.of(DriftChannel.Kind.values())
            .map(kind -> new DriftChannel(kind, kind.isOfModel() && heldOut ? List.of() : normal))
            .toList();
  }

  /**
   * {@return a monitor before the first image of a stream, which compares it with the calibration
   * too, if that is current}
   *
   * @param model whose predictions it will observe, no other's
   */
  public static Drift of(Model model) {
    return new Drift(model.calibration(), model.isCalibrationCurrent());
  }

  /**
   * {@return a monitor before the first image of a stream, which compares it with the calibration
   * too}
   *
   * @param calibration of the model whose predictions it will observe
   */
  public static Drift of(Calibration calibration) {
    return new Drift(Optional.of(calibration), true);
  }

  /**
   * {@return a monitor before the first image of a stream, which compares it with itself alone: for
   * one of whose images another region is looked at than of the calibration's}
   *
   * @param model whose predictions it will observe, no other's
   */
  public static Drift ofStream(Model model) {
    return new Drift(model.calibration(), false);
  }

  private static List<CalibrationImage> predictedNormal(Calibration calibration) {
    List<CalibrationImage> below =
        calibration.scores().normal().stream()
            .filter(image -> calibration.verdict(image.score()) == Verdict.NORMAL)
            .toList();
    return below.isEmpty() || calibration.rule().mayLieAboveScores()
        ? below
        : below.subList(0, below.size() - 1);
  }

  /**
   * Observes the next image of the stream, now.
   *
   * @param prediction of the monitor's model
   * @return the state after it
   */
  public Status observe(Prediction prediction) {
    return observe(prediction, Instant.now());
  }

  /**
   * Observes the next image of the stream.
   *
   * @param prediction of the monitor's model
   * @param time when the image was scored
   * @return the state after it
   */
  public Status observe(Prediction prediction, Instant time) {
    return observe(CalibrationImage.of(prediction), time);
  }

  /**
   * Observes the next image of the stream, of which the statistics are known; so a stream that was
   * recorded is observed again. A statistic that is NaN is left out, and the others count.
   *
   * @param image as {@link CalibrationImage#of(Prediction)} has it
   * @param time when it was scored
   * @return the state after it
   */
  public synchronized Status observe(CalibrationImage image, Instant time) {
    count++;
    if (calibration.map(c -> c.verdict(image.score())).orElse(Verdict.NORMAL) != Verdict.NORMAL) {
      return status();
    }
    compared++;
    Seen seen = new Seen(count, time, image, new double[DriftChannel.Kind.values().length]);
    SplittableRandom random = new SplittableRandom(SEED + compared);
    channels.forEach(channel -> channel.observe(seen, random));
    last.addLast(seen);
    if (last.size() > REMEMBERED) {
      last.removeFirst();
    }
    if (alarm == null && statistic(largest()) >= LIMIT) {
      DriftChannel channel = largest();
      alarm = new Alarm("" + channel.kind(), channel.since(), drivers(channel));
    }
    return status();
  }

  /** {@return the state after the last image} */
  public synchronized Status status() {
    List<Channel> own =
        channels.stream().map(c -> new Channel("" + c.kind(), statistic(c))).toList();
    return new Status(
        count,
        compared,
        statistic(largest()),
        LIMIT,
        alarm != null,
        alarm == null ? OptionalLong.empty() : OptionalLong.of(alarm.since.number),
        Optional.ofNullable(alarm).map(raised -> raised.since.time),
        Optional.ofNullable(alarm).map(Alarm::channel),
        alarm == null ? List.of() : alarm.drivers,
        own);
  }

  private DriftChannel largest() {
    return channels.stream().max(Comparator.comparingDouble(DriftChannel::value)).orElseThrow();
  }

  private double statistic(DriftChannel channel) {
    return channel.value() / channels.size();
  }

  private List<Driver> drivers(DriftChannel channel) {
    long from = channel.since().number();
    return last.stream()
        .filter(seen -> seen.number() >= from && channel.compared(seen))
        .map(channel::driver)
        .sorted(Comparator.comparingDouble(Driver::factor).reversed().thenComparing(Driver::number))
        .limit(DRIVERS)
        .toList();
  }
}
