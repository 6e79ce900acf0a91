package kintsugi.detector;

import java.util.List;

/** The summary of a fit: a record of its figures, which a model file keeps as JSON. */
public interface FitSummary {

  /** {@return the figures in words, one line each, for a person} */
  List<String> lines();

  /** {@return what a person should know before trusting the fit, one line each} */
  List<String> warnings();
}
