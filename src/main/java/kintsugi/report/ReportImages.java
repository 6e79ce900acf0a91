package kintsugi.report;

/** The images that a report shows. */
public enum ReportImages {
  /** Small ones inside the page, as many as keep it below 25 MB. */
  THUMBNAILS,

  /** All of them, in a folder next to the page. */
  ALL,

  /** None. */
  NONE
}
