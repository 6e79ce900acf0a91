package kintsugi.site;

/** Text in HTML. */
final class Html {
  private Html() {}

  /** {@return text that is safe between tags and in quotes} */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
