package kintsugi.dataset;

/** The part that images play in the work; it says which rows of a labelled list are meant. */
public enum Role {
  /** Images whose truth does not matter: every row of a list. */
  ANY("", null, "any use"),

  /** Normal images to learn from. */
  TRAIN("train", false, "training"),

  /** Normal images for the threshold. */
  CALIBRATE_NORMAL("calibrate", false, "calibration as normal images"),

  /** Anomalous images for the threshold. */
  CALIBRATE_ANOMALOUS("calibrate", true, "calibration as anomalous images"),

  /** Normal images to test. */
  TEST_NORMAL("test", false, "testing as normal images"),

  /** Anomalous images to test. */
  TEST_ANOMALOUS("test", true, "testing as anomalous images");

  private final String split;
  private final Boolean anomalous;
  private final String words;

  Role(String split, Boolean anomalous, String words) {
    this.split = split;
    this.anomalous = anomalous;
    this.words = words;
  }

  /** {@return the subset of a split that the images belong to; empty for any} */
  String split() {
    return split;
  }

  /** {@return whether images of that truth are meant} */
  boolean accepts(boolean truth) {
    return anomalous == null || anomalous == truth;
  }

  /** {@return whether images without a label of their own are anomalous} */
  boolean isAnomalous() {
    return anomalous != null && anomalous;
  }

  /** {@return the words of a message after "rows for"} */
  String words() {
    return words;
  }
}
