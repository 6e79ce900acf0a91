package kintsugi.site;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * A Markdown document as a page: its links lead to the site's pages, its headings have the anchors
 * that a forge gives them, its formulas are MathML, and the names of the program in it lead to the
 * Javadoc or to the source.
 */
final class Document {
  private static final Pattern QUOTED = Pattern.compile("<!-- code: (\\S+)#(\\w+) -->\\s*");
  private static final Pattern TERM = Pattern.compile("<a id=\"([^\"]+)\">");
  private static final List<TablesExtension> TABLES =
      List.of((TablesExtension) TablesExtension.create());
  private static final Parser PARSER =
      Parser.builder()
          .extensions(TABLES)
          .customInlineContentParserFactory(new Formula.Reader())
          .build();

  /** A heading with the text below it, for the search; of level 1 the page's own. */
  record Section(int level, String anchor, String title, String text) {}

  private final Path root;
  private final Navigation.Entry entry;
  private final Names names;
  private final Formulas formulas;
  private final Node document;
  private final Map<Node, String> anchors = new HashMap<>();
  private final Set<String> images = new TreeSet<>();
  private final Set<String> sources = new TreeSet<>();

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if a link leads nowhere
   */
  Document(Path root, Navigation.Entry entry, Names names, Formulas formulas) throws IOException {
    this.root = root;
    this.entry = entry;
    this.names = names;
    this.formulas = formulas;
    document = PARSER.parse(Files.readString(root.resolve(entry.file())));
    document.accept(new Anchors());
    document.accept(new Rewrite());
  }

  Navigation.Entry entry() {
    return entry;
  }

  /** {@return its images and what else is copied as it is, from the project's folder} */
  Set<String> images() {
    return images;
  }

  /** {@return the sources that it leads to} */
  Set<String> sources() {
    return sources;
  }

  /** {@return the page's content} */
  String html() {
    HtmlRenderer renderer =
        HtmlRenderer.builder()
            .extensions(TABLES)
            .nodeRendererFactory(Blocks::new)
            .attributeProviderFactory(
                context ->
                    (node, tag, attributes) ->
                        Optional.ofNullable(anchors.get(node))
                            .ifPresent(anchor -> attributes.put("id", anchor)))
            .build();
    return renderer
        .render(document)
        .replace("<table>", "<div class=\"scroll\"><table class=\"cells\">")
        .replace("</table>", "</table></div>")
        .replace("<th></th>", "<td></td>");
  }

  /** {@return the page cut at its headings} */
  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    List<Section> terms = new ArrayList<>();
    Heading at = null;
    StringBuilder text = new StringBuilder();
    for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
      if (node instanceof Heading heading) {
        add(sections, at, text);
        at = heading;
        text.setLength(0);
      } else {
        text.append(text(node)).append(' ');
        terms.addAll(terms(node));
      }
    }
    add(sections, at, text);
    sections.addAll(terms);
    return sections;
  }

  private void add(List<Section> sections, Heading heading, StringBuilder text) {
    if (heading != null) {
      String title = text(heading).strip();
      String all = text.toString().replaceAll("\\s+", " ").strip();
      sections.add(new Section(heading.getLevel(), anchors.get(heading), title, all));
    }
  }

  /** {@return the rows of a table that have an anchor: a term each, found by itself} */
  private static List<Section> terms(Node table) {
    List<Section> terms = new ArrayList<>();
    table.accept(
        new AbstractVisitor() {
          @Override
          public void visit(HtmlInline html) {
            Matcher anchor = TERM.matcher(html.getLiteral());
            Node cell = html.getParent();
            if (anchor.matches() && cell instanceof TableCell) {
              String row = text(cell.getParent()).replaceAll("\\s+", " ").strip();
              terms.add(new Section(3, anchor.group(1), text(cell).strip(), row));
            }
          }
        });
    return terms;
  }

  /** {@return the words of a node, without code blocks} */
  private static String text(Node node) {
    StringBuilder text = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text part) {
            text.append(part.getLiteral());
          }

          @Override
          public void visit(Code part) {
            text.append(part.getLiteral());
          }

          @Override
          public void visit(Paragraph paragraph) {
            super.visit(paragraph);
            text.append(' ');
          }

          @Override
          public void visit(SoftLineBreak lineBreak) {
            text.append(' ');
          }

          @Override
          public void visit(CustomNode custom) {
            super.visit(custom);
            text.append(' ');
          }
        });
    return text.toString();
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(entry.file() + ": " + what);
  }

  /** {@return a way from this page to a place that is named from the site's folder} */
  private String from(String address) {
    return Layout.up(entry.address()) + address;
  }

  /** Names each heading as GitHub does. */
  private final class Anchors extends AbstractVisitor {
    private final Map<String, Integer> seen = new HashMap<>();

    @Override
    public void visit(Heading heading) {
      String anchor =
          text(heading)
              .strip()
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N} _-]", "")
              .replace(' ', '-');
      int before = seen.merge(anchor, 1, Integer::sum) - 1;
      anchors.put(heading, before == 0 ? anchor : anchor + "-" + before);
    }
  }

  /** Makes the links and images those of the site, and links of names and quoted code. */
  private final class Rewrite extends AbstractVisitor {
    @Override
    public void visit(Link link) {
      link.setDestination(destination(link.getDestination()));
    }

    @Override
    public void visit(Image image) {
      String file = resolve(image.getDestination());
      images.add(file);
      image.setDestination(from(file));
    }

    @Override
    public void visit(Code name) {
      try {
        Optional<String> address = names.address(name.getLiteral());
        if (address.isPresent()) {
          Link link = new Link(from(source(address.orElseThrow())), null);
          name.insertBefore(link);
          link.appendChild(name);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void visit(HtmlBlock block) {
      Matcher quoted = QUOTED.matcher(block.getLiteral());
      if (quoted.matches()) {
        try {
          String address = names.source(quoted.group(1), quoted.group(2));
          if (address == null) {
            throw wrong("there is no source " + quoted.group(1));
          }
          block.setLiteral(
              "<p class=\"origin\"><a href=\"%s\">%s</a></p>"
                  .formatted(from(source(address)), Html.escape(quoted.group(1))));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      } else if (block.getLiteral().startsWith("<!--")) {
        block.unlink();
      }
    }

    /** Notes that an address of a source needs that source's page. */
    private String source(String address) {
      if (address.startsWith("source/")) {
        sources.add(address.replaceAll("^source/|\\.html(#.*)?$", ""));
      }
      return address;
    }

    private String destination(String link) {
      if (link.startsWith("#") || link.matches("[a-z]+:.*")) {
        return link;
      }
      String[] parts = link.split("#", 2);
      String anchor = parts.length == 2 ? "#" + parts[1] : "";
      String file = resolve(parts[0]);
      if (!Source.isShown(root.resolve(file))) {
        images.add(file);
        return from(file);
      }
      return from(page(file).orElseGet(() -> source(Source.address(file)))) + anchor;
    }

    private Optional<String> page(String file) {
      return Navigation.ALL.pages().stream()
          .filter(page -> page.file().equals(file))
          .map(Navigation.Entry::address)
          .findFirst();
    }

    private String resolve(String link) {
      Path target = root.resolve(entry.file()).resolveSibling(link).normalize();
      if (!Files.exists(target)) {
        throw wrong(link + " does not exist");
      }
      return root.relativize(target).toString().replace('\\', '/');
    }
  }

  /** Formulas and blocks of code. */
  private final class Blocks implements NodeRenderer {
    private final HtmlNodeRendererContext context;

    Blocks(HtmlNodeRendererContext context) {
      this.context = context;
    }

    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
      return Set.of(Formula.class, FencedCodeBlock.class);
    }

    @Override
    public void render(Node node) {
      if (node instanceof FencedCodeBlock block) {
        String html = code(block);
        context.getWriter().line();
        context.getWriter().raw(html);
        context.getWriter().line();
      } else if (node instanceof Formula formula) {
        context.getWriter().raw(mathml(formula));
      }
    }

    private String code(FencedCodeBlock block) {
      return block.getInfo().equals("mermaid")
          ? Flow.html(block.getLiteral())
          : "<pre><code>" + Highlight.html(block.getLiteral(), block.getInfo()) + "</code></pre>";
    }

    private String mathml(Formula formula) {
      try {
        String math = formulas.mathml(formula.tex(), formula.display());
        return formula.display() ? "<span class=\"display\">" + math + "</span>" : math;
      } catch (IllegalArgumentException e) {
        throw (IllegalArgumentException) wrong(e.getMessage()).initCause(e);
      }
    }
  }
}
