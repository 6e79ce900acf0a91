package kintsugi.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The documents as one static site that opens from disk: pages with contents and a search, next to
 * the Javadoc. {@code mvn -Psite} runs it.
 */
public final class Site {
  private final Path root;
  private final Path out;
  private final SearchIndex index = new SearchIndex();
  private final Set<String> written = new TreeSet<>();

  private Site(Path root, Path out) {
    this.root = root;
    this.out = out;
  }

  /**
   * Builds it.
   *
   * @param folders the project's, and the site's, in which the Javadoc is already
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String... folders) throws IOException {
    Site site = new Site(Path.of(folders[0]), Path.of(folders[1]));
    try {
      site.build();
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private void build() throws IOException {
    List<Document> documents = new ArrayList<>();
    try (Formulas formulas = new Formulas()) {
      Names names = new Names(root, out.resolve("api"));
      for (Navigation.Entry entry : Navigation.ALL.pages()) {
        Document document = new Document(root, entry, names, formulas);
        documents.add(document);
        page(document);
      }
    }
    requireAllInNavigation();
    sources(documents);
    index.addClasses(out.resolve("api/kintsugi/kintsugi"));
    write("search-index.js", index.script());
    write(
        "style.css",
        Layout.resource("/kintsugi/report/colours.css")
            + Layout.resource("/kintsugi/report/base.css")
            + Layout.resource("site.css"));
    write("site.js", Layout.resource("site.js"));
    System.out.println(written.size() + " files of the site: " + out.resolve("index.html"));
  }

  private void page(Document document) throws IOException {
    String address = document.entry().address();
    List<Document.Section> sections = document.sections();
    String title = sections.getFirst().title();
    write(address, Layout.page(address, title, document.html(), sections));
    index.add(address, title, sections);
    for (String image : document.images()) {
      Path to = out.resolve(image);
      Files.createDirectories(to.getParent());
      Files.copy(root.resolve(image), to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void requireAllInNavigation() throws IOException {
    Set<String> known = new TreeSet<>();
    Navigation.ALL.pages().forEach(page -> known.add(page.file()));
    try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      for (Path doc : docs.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
        String file = root.relativize(doc).toString().replace('\\', '/');
        if (!known.contains(file)) {
          throw new IllegalArgumentException(file + " is not in the navigation (Navigation.java)");
        }
      }
    }
  }

  /** The pages of the sources that documents lead to, and of what is in their folders. */
  private void sources(List<Document> documents) throws IOException {
    Deque<Source> rest = new ArrayDeque<>();
    documents.forEach(document -> document.sources().forEach(file -> rest.add(new Source(file))));
    while (!rest.isEmpty()) {
      Source source = rest.remove();
      String address = Source.address(source.file());
      if (!written.contains(address)) {
        write(address, Layout.page(address, source.file(), source.html(root), List.of()));
        rest.addAll(source.inside(root));
      }
    }
  }

  private void write(String address, String content) throws IOException {
    Path file = out.resolve(address);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    written.add(address);
  }
}
