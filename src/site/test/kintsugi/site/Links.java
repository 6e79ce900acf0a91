package kintsugi.site;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What all pages of a folder lead to. */
final class Links {
  private static final Pattern ID = Pattern.compile("\\sid=\"([^\"]*)\"");
  private static final Pattern LINK = Pattern.compile("<(\\w+)[^>]*?\\s(?:href|src)=\"([^\"]*)\"");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

  private final Path folder;
  private final Map<Path, String> pages = new TreeMap<>();
  private final Map<Path, Set<String>> anchors = new TreeMap<>();

  Links(Path folder) throws IOException {
    this.folder = folder;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path page : files.filter(file -> file.toString().endsWith(".html")).toList()) {
        String html = Files.readString(page);
        pages.put(page, html);
        anchors.put(
            page,
            ID.matcher(html).results().map(id -> plain(id.group(1))).collect(Collectors.toSet()));
      }
    }
  }

  /** {@return the pages with their HTML} */
  Map<Path, String> pages() {
    return pages;
  }

  /** {@return links within the folder to a file or an anchor that is not there} */
  List<String> broken() {
    return wrong((page, link) -> !ELSEWHERE.matcher(link.group(2)).matches() && !leads(page, link));
  }

  /** {@return what a page loads from elsewhere; a link that a reader may follow is not loaded} */
  List<String> loaded() {
    return wrong(
        (page, link) ->
            !link.group(1).equals("a")
                && (ELSEWHERE.matcher(link.group(2)).matches() || link.group(2).startsWith("//")));
  }

  /** {@return ids that a page has twice; the Javadoc's pages are its tool's} */
  List<String> repeated() {
    List<String> repeated = new ArrayList<>();
    pages.forEach(
        (page, html) -> {
          Set<String> seen = new TreeSet<>();
          ID.matcher(html)
              .results()
              .map(id -> id.group(1))
              .filter(id -> !page.startsWith(folder.resolve("api")) && !seen.add(id))
              .forEach(id -> repeated.add(folder.relativize(page) + " → #" + id));
        });
    return repeated;
  }

  private interface Test {
    boolean holds(Path page, MatchResult link);
  }

  private List<String> wrong(Test test) {
    List<String> wrong = new ArrayList<>();
    pages.forEach(
        (page, html) ->
            LINK.matcher(html)
                .results()
                .filter(link -> test.holds(page, link))
                .forEach(link -> wrong.add(folder.relativize(page) + " → " + link.group(2))));
    return wrong;
  }

  private boolean leads(Path page, MatchResult link) {
    String[] parts = plain(link.group(2)).split("#", 2);
    String file = parts[0].replaceAll("\\?.*", "");
    Path target = file.isEmpty() ? page : page.resolveSibling(decoded(file)).normalize();
    boolean there = Files.isRegularFile(target);
    return parts.length == 1 || parts[1].isEmpty()
        ? there
        : there && anchors.getOrDefault(target, Set.of()).contains(decoded(parts[1]));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String plain(String html) {
    return html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
  }
}
