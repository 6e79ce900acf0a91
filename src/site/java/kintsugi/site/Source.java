package kintsugi.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A file or a folder of the project to which a document leads and which is not a document itself.
 *
 * @param file from the project's folder
 */
record Source(String file) {
  /** {@return the address of its page} */
  static String address(String file) {
    return "source/" + file + ".html";
  }

  /** {@return its page's content} */
  String html(Path root) throws IOException {
    Path path = root.resolve(file);
    return "<h1>%s</h1>\n%s".formatted(Html.escape(file), body(path));
  }

  private String body(Path path) throws IOException {
    return Files.isDirectory(path) ? list(path) : lines(Files.readString(path));
  }

  /** Whether a file has a page: a folder or a text, not an image or a model. */
  static boolean isShown(Path path) {
    try {
      return Files.isDirectory(path) || Files.readString(path) != null;
    } catch (IOException e) {
      return false;
    }
  }

  private String list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .sorted()
          .map(
              file -> {
                String name = Html.escape(file.getFileName() + "");
                return isShown(file)
                    ? "<li><a href=\"%s/%s.html\">%s</a></li>"
                        .formatted(folder.getFileName(), name, name)
                    : "<li>" + name + "</li>";
              })
          .collect(Collectors.joining("\n", "<ul class=\"files\">\n", "\n</ul>\n"));
    }
  }

  private String lines(String text) {
    String language = file.endsWith(".java") ? "java" : "";
    List<String> lines = Highlight.html(text, language).lines().toList();
    StringBuilder html = new StringBuilder("<pre class=\"source\"><code>");
    for (int i = 0; i < lines.size(); i++) {
      html.append("<span class=\"line\" id=\"L%d\">%s</span>\n".formatted(i + 1, lines.get(i)));
    }
    return html.append("</code></pre>\n").toString();
  }

  /** {@return the files of a folder, whose pages it leads to; none of a file} */
  List<Source> inside(Path root) throws IOException {
    Path path = root.resolve(file);
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(Source::isShown)
          .sorted()
          .map(f -> new Source(file + "/" + f.getFileName()))
          .toList();
    }
  }
}
