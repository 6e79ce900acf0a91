package kintsugi.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.detector.Recipe;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which method is fitted, in which published version, and what is chosen otherwise. */
final class Algorithm {
  /** The rules that a threshold can be found by. */
  static final String THRESHOLDS =
      "youden, max-f1, corner, max-fpr:R, max-fnr:R; from normal pictures alone quantile:Q or"
          + " margin:M.";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ALGO", description = "The method: padim or patchcore.")
  private String algorithm;

  @Option(
      names = "--recipe",
      paramLabel = "NAME",
      description = "The published version, e.g. padim/matlab (the default).")
  private String recipe;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Fixes every draw (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--resize",
      paramLabel = "SIZE",
      description = "Pictures become WxH, shorter:N, scale:F or same before the crop.")
  private String resize;

  @Option(
      names = "--scale",
      paramLabel = "X",
      description = "Pictures are scaled by this and not cropped: --resize scale:X --crop same.")
  private String scale;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "Pictures get this size and are not cropped: --resize WxH --crop same.")
  private String size;

  @Option(names = "--interpolation", paramLabel = "HOW", description = "bilinear or bicubic.")
  private String interpolation;

  @Option(names = "--crop", paramLabel = "SIZE", description = "Centre crop WxH, or same for none.")
  private String crop;

  @Option(
      names = "--taps",
      split = ",",
      paramLabel = "TAP",
      description = "Layers, finest first, e.g. layer1,layer2 or layer1.1.bn2.")
  private List<String> taps;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "PaDiM: how many channels are drawn, or all.")
  private String channels;

  @Option(
      names = "--replacement",
      negatable = true,
      description = "PaDiM: draw channels with replacement, or without.")
  private Boolean replacement;

  @Option(
      names = "--epsilon",
      paramLabel = "X",
      description = "PaDiM: what is added to the covariance's diagonal.")
  private Double epsilon;

  @Option(
      names = "--neighbourhood",
      paramLabel = "N",
      description = "PatchCore: the side of a patch's neighbourhood, odd.")
  private Integer neighbourhood;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "PatchCore: numbers of an embedding; 0 for the layers' channels.")
  private Integer width;

  @Option(
      names = "--projection",
      paramLabel = "HOW",
      description = "PatchCore: choose the coreset by none, sparse:EPS or dense:N directions.")
  private String projection;

  @Option(
      names = "--first-centre",
      paramLabel = "HOW",
      description = "PatchCore: the coreset starts at random or farthest.")
  private String firstCentre;

  @Option(names = "--ratio", paramLabel = "X", description = "PatchCore: share of patches kept.")
  private Double ratio;

  @Option(
      names = "--bank-size",
      paramLabel = "N",
      description = "PatchCore: how many patches are kept, in place of a ratio.")
  private Integer bankSize;

  @Option(
      names = "--radius",
      paramLabel = "X",
      description = "PatchCore: stop earlier at this covering radius.")
  private Double radius;

  @Option(names = "--k", paramLabel = "N", description = "PatchCore: nearest neighbours a score.")
  private Integer k;

  @Option(
      names = "--squared",
      negatable = true,
      description = "PatchCore: distances are squared, or not.")
  private Boolean squared;

  @Option(
      names = "--reweighting",
      paramLabel = "N",
      description = "PatchCore: neighbours that re-weight the image score; 0 for none.")
  private Integer reweighting;

  @Option(
      names = "--map-interpolation",
      paramLabel = "HOW",
      description = "nearest, bilinear or bicubic.")
  private String mapInterpolation;

  @Option(
      names = "--blur-sigma",
      paramLabel = "X",
      description = "Standard deviation of the map's blur in pixels; 0 for none.")
  private Double blurSigma;

  @Option(
      names = "--border",
      paramLabel = "HOW",
      description = "What the blur sees beyond the edge: replicate, reflect or symmetric.")
  private String border;

  @Option(
      names = "--score",
      paramLabel = "HOW",
      description = "The picture's score: max, mean or top-K of the map.")
  private String score;

  @Option(names = "--threshold", paramLabel = "RULE", description = THRESHOLDS)
  private String threshold;

  Recipe recipe() {
    try {
      Recipe chosen = Recipe.named(recipe == null ? algorithm : recipe);
      if (!chosen.algorithm().equals(algorithm)) {
        throw new IllegalArgumentException(chosen.name() + " is no recipe of " + algorithm);
      }
      return chosen.with(choices());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  /** Whether anything but the method itself was chosen. */
  boolean hasChoices() {
    return recipe != null || !choices().isEmpty() || isTyped("--seed");
  }

  private boolean isTyped(String option) {
    ArgSpec seedOption = spec.findOption(option);
    return spec.commandLine().getParseResult().matchedOptions().contains(seedOption);
  }

  private Map<String, Object> choices() {
    Map<String, Object> choices = new LinkedHashMap<>();
    String whole = scale == null ? size : "scale:" + scale;
    choices.put("resize", whole == null ? resize : whole);
    choices.put("interpolation", lower(interpolation));
    choices.put("crop", whole == null || crop != null ? crop : "same");
    choices.put("taps", taps);
    choices.put("channels", "all".equals(channels) ? Integer.valueOf(0) : number(channels));
    choices.put("replacement", replacement);
    choices.put("epsilon", epsilon);
    choices.put("neighbourhood", neighbourhood);
    choices.put("width", width);
    choices.put("projection", projection);
    choices.put("first_centre", lower(firstCentre));
    choices.put("ratio", ratio);
    choices.put("bank_size", bankSize);
    choices.put("radius", radius);
    choices.put("k", k);
    choices.put("squared", squared);
    choices.put("reweighting", reweighting);
    choices.put("map_interpolation", lower(mapInterpolation));
    choices.put("blur_sigma", blurSigma);
    choices.put("border", lower(border));
    choices.put("score", score);
    choices.put("threshold", threshold);
    choices.values().removeIf(value -> value == null);
    return choices;
  }

  private static String lower(String text) {
    return text == null ? null : text.toLowerCase(Locale.ROOT);
  }

  private static Integer number(String text) {
    if (text == null || text.matches("[1-9]\\d{0,8}")) {
      return text == null ? null : Integer.valueOf(text);
    }
    throw new IllegalArgumentException("--channels: a number above 0 or all, not " + text);
  }
}
