package kintsugi.site;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A diagram that a forge draws (Mermaid's flowchart), as a list of its arrows. */
final class Flow {
  private static final String NODE = "(\\w+)(?:\\[\"([^\"]*)\"\\])?";
  private static final Pattern ARROW =
      Pattern.compile(NODE + "\\s*-->\\s*(?:\\|\"([^\"]*)\"\\|)?\\s*" + NODE);

  private Flow() {}

  /** {@return the arrows as HTML} */
  static String html(String diagram) {
    Map<String, String> names = new HashMap<>();
    Matcher nodes = Pattern.compile("(\\w+)\\[\"([^\"]*)\"\\]").matcher(diagram);
    while (nodes.find()) {
      names.put(nodes.group(1), Html.escape(nodes.group(2)));
    }
    StringBuilder list = new StringBuilder("<ul class=\"flow\">\n");
    Matcher arrows = ARROW.matcher(diagram);
    while (arrows.find()) {
      String step = arrows.group(3) == null ? "" : Html.escape(arrows.group(3)) + " → ";
      list.append(
          "<li>%s → <em>%s</em>%s</li>\n"
              .formatted(names.get(arrows.group(1)), step, names.get(arrows.group(4))));
    }
    return list.append("</ul>\n").toString();
  }
}
