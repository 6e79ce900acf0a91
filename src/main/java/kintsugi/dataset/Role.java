package kintsugi.dataset;

import java.util.Locale;

/** The part that images play in the work; it says which rows of a labelled list are meant. */
public enum Role {
  /** Images whose truth does not matter: every row of a list. */
  ANY("", null),

  /** Normal images to learn from. */
  TRAIN("train", false),

  /** Normal images for the threshold. */
  CALIBRATE_NORMAL("calibrate", false),

  /** Anomalous images for the threshold. */
  CALIBRATE_ANOMALOUS("calibrate", true),

  /** Normal images to test. */
  TEST_NORMAL("test", false),

  /** Anomalous images to test. */
  TEST_ANOMALOUS("test", true);

  private final String split;
  private final Boolean anomalous;

  Role(String split, Boolean anomalous) {
    this.split = split;
    this.anomalous = anomalous;
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

  /** {@return the role in a message, such as {@code normal images to learn from}} */
  String words() {
    return this == TRAIN ? "train" : name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
