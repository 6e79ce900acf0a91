package kintsugi.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A page that opens from disk with no network: a template of the program with its style, its
 * scripts, its data and its images put in.
 */
final class Page {
  private static final String IMAGES = "/*{images}*/";

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
    String page =
        resource("page.html")
            .replace("/*{style}*/", resource("page.css"))
            .replace("/*{body}*/", resource(name + ".html"))
            .replace("/*{chart}*/", resource("chart.umd.js"))
            .replace("/*{data}*/", Json.forScript(contents))
            .replace("/*{script}*/", script);
    int at = page.indexOf(IMAGES);
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write(page, 0, at);
      out.append(images);
      out.write(page, at + IMAGES.length(), page.length() - at - IMAGES.length());
    }
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the program's own file " + name + " cannot be read", e);
    }
  }
}
