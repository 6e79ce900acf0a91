package kintsugi.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the search looks through: the sections of all pages and the classes of the Javadoc. A script
 * and not JSON, which a page that was opened from disk may not fetch.
 */
final class SearchIndex {
  /** A section or a class; the address is from the site's folder. */
  record Item(String address, String page, String title, String text) {}

  private final List<Item> items = new ArrayList<>();

  void add(String address, String page, List<Document.Section> sections) {
    for (Document.Section section : sections) {
      String at = section.level() == 1 ? address : address + "#" + section.anchor();
      items.add(new Item(at, page, section.title(), section.text()));
    }
  }

  void addClasses(Path api) throws IOException {
    try (Stream<Path> pages = Files.walk(api)) {
      pages
          .map(page -> api.relativize(page).toString().replace('\\', '/'))
          .filter(page -> page.matches("(\\w+/)*[A-Z][\\w.]*\\.html"))
          .sorted()
          .forEach(
              page -> {
                String name = page.replaceAll("\\.html$", "").replace('/', '.');
                items.add(
                    new Item(
                        "api/kintsugi/kintsugi/" + page,
                        "Javadoc",
                        name.substring(name.lastIndexOf('.') + 1),
                        "kintsugi." + name));
              });
    }
  }

  String script() {
    return "const SEARCH_INDEX = " + new JsonMapper().writeValueAsString(items) + ";\n";
  }
}
