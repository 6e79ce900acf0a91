package kintsugi.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What all pages have around their content: the search, the contents, the way on. */
final class Layout {
  private static final Pattern PLACE = Pattern.compile("/\\*\\{(\\w+)\\}\\*/");
  private static final String TEMPLATE = resource("page.html");

  private Layout() {}

  /** {@return the way from a page to the site's folder} */
  static String up(String address) {
    return "../".repeat((int) address.chars().filter(c -> c == '/').count());
  }

  /**
   * {@return a whole page}
   *
   * @param address of the page in the site
   * @param title of the window
   * @param content of the page
   * @param sections of the page, for its own contents; empty for none
   */
  static String page(
      String address, String title, String content, List<Document.Section> sections) {
    Map<String, String> parts =
        Map.of(
            "title", Html.escape(title),
            "up", up(address),
            "contents", contents(address),
            "content", content,
            "here", here(sections),
            "onward", onward(address));
    return PLACE
        .matcher(TEMPLATE)
        .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
  }

  private static String contents(String address) {
    return Navigation.ALL.groups().stream()
        .map(
            group ->
                "<p>%s</p>\n<ul>\n%s</ul>\n"
                    .formatted(
                        group.title(),
                        group.pages().stream()
                            .map(page -> "<li>" + link(address, page) + "</li>\n")
                            .collect(Collectors.joining())))
        .collect(Collectors.joining());
  }

  private static String link(String address, Navigation.Entry page) {
    return "<a href=\"%s%s\"%s>%s</a>"
        .formatted(
            up(address),
            page.address(),
            page.address().equals(address) ? " aria-current=\"page\"" : "",
            Html.escape(page.title()));
  }

  /** The page's own headings of the second level. */
  private static String here(List<Document.Section> sections) {
    String links =
        sections.stream()
            .filter(section -> section.level() == 2)
            .map(
                section ->
                    "<li><a href=\"#%s\">%s</a></li>\n"
                        .formatted(section.anchor(), Html.escape(section.title())))
            .collect(Collectors.joining());
    return links.isEmpty()
        ? ""
        : "<nav id=\"site-here\" aria-label=\"On this page\">\n<p>On this page</p>\n<ul>\n"
            + links
            + "</ul>\n</nav>\n";
  }

  private static String onward(String address) {
    List<Navigation.Entry> pages = Navigation.ALL.pages();
    for (int i = 0; i < pages.size(); i++) {
      if (pages.get(i).address().equals(address)) {
        String back = i == 0 ? "" : "← " + link(address, pages.get(i - 1));
        String on = i == pages.size() - 1 ? "" : link(address, pages.get(i + 1)) + " →";
        return "<nav id=\"site-onward\" aria-label=\"Previous and next page\"><span>%s</span><span>%s</span></nav>"
            .formatted(back, on);
      }
    }
    return "";
  }

  static String resource(String name) {
    try (InputStream in = Layout.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read", e);
    }
  }
}
