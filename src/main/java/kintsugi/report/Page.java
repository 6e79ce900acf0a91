package kintsugi.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page that opens from disk with no network: a template of the program with its style, its
 * scripts, its data and its images put in.
 */
final class Page {
  private static final Pattern PLACE = Pattern.compile("/\\*\\{(\\w+)\\}\\*/");

  private Page() {}

  /**
   * Writes one.
   *
   * @param name of the body
   * @param scripts their names, in the order they run; the script that all pages share runs before
   *     them
   * @param contents the data of the script
   * @param images images that the contents point into, as base64
   */
  static void write(
      Path file, String name, List<String> scripts, Object contents, CharSequence images)
      throws IOException {
    StringBuilder script = new StringBuilder(resource("page.js"));
    scripts.forEach(part -> script.append(resource(part + ".js")));
    Map<String, CharSequence> parts =
        Map.of(
            "style", resource("page.css"),
            "body", resource(name + ".html"),
            "data", Json.forPage(contents),
            "images", images,
            "chart", resource("chart.umd.js"),
            "script", script);
    try (Writer out = Files.newBufferedWriter(file)) {
      fill(resource("page.html"), parts, out);
    }
  }

  /** Writes a template once from its beginning to its end: no place is looked for in a part. */
  static void fill(String template, Map<String, ? extends CharSequence> parts, Writer out)
      throws IOException {
    Matcher place = PLACE.matcher(template);
    int from = 0;
    for (; place.find(); from = place.end()) {
      out.write(template, from, place.start() - from);
      out.append(parts.get(place.group(1)));
    }
    out.write(template, from, template.length() - from);
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the program's own file " + name + " cannot be read", e);
    }
  }
}
