package kintsugi.report;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.URI;
import java.net.URISyntaxException;
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
public final class Page {
  private static final Pattern PLACE = Pattern.compile("/\\*\\{(\\w+)\\}\\*/");

  private Page() {}

  /**
   * Writes one.
   *
   * @param file the page
   * @param name of the body
   * @param scripts their names, in the order they run; the script that all pages share runs before
   *     them
   * @param contents the data of the script
   * @param images images that the contents point into, as base64
   * @throws IOException if the file cannot be written
   */
  public static void write(
      Path file, String name, List<String> scripts, Object contents, CharSequence images)
      throws IOException {
    StringBuilder script = new StringBuilder(resource("page.js"));
    scripts.forEach(part -> script.append(resource(part + ".js")));
    Map<String, CharSequence> parts =
        Map.of(
            "style",
            resource("colours.css") + resource("base.css") + resource("page.css"),
            "body",
            body(name),
            "data",
            Json.forPage(contents),
            "images",
            images,
            "chart",
            resource("chart.umd.js"),
            "script",
            script);
    try (Writer out = Files.newBufferedWriter(file)) {
      fill(resource("page.html"), parts, out);
    }
  }

  /** A body with the parts that several pages share, each in a template of its own. */
  private static String body(String name) {
    return PLACE
        .matcher(resource(name + ".html"))
        .replaceAll(part -> Matcher.quoteReplacement(resource(part.group(1) + ".html")));
  }

  /**
   * {@return the address of a file in a page: relative, as both are named, so that it holds where
   * both are moved together}
   *
   * @param folder of the page
   * @param file the file
   */
  static String address(Path folder, Path file) {
    Path there = file.toAbsolutePath().normalize();
    try {
      Path way = folder.toAbsolutePath().normalize().relativize(there);
      String path = way.toString().replace(File.separatorChar, '/');
      // In front of a name with a colon, which would begin an address of its own.
      return new URI(null, null, "./" + path, null).toASCIIString();
    } catch (IllegalArgumentException | URISyntaxException e) {
      // On another drive.
      return there.toUri().toASCIIString();
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
