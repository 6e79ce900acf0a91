package kintsugi.report;

/** Which pictures a report shows. */
public enum ReportImages {
  /** Small ones inside the page, as many as keep it below 25 MB. */
  THUMBNAILS,

  /** All of them, in a folder beside the page. */
  ALL,

  /** None. */
  NONE
}
