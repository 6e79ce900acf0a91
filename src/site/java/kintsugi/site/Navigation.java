package kintsugi.site;

import java.util.List;

/** The pages in the order in which they are read. */
record Navigation(List<Group> groups) {
  /** Pages under one heading. */
  record Group(String title, List<Entry> pages) {}

  /**
   * One page.
   *
   * @param file the document, in the project
   * @param title as the navigation names it
   */
  record Entry(String file, String title) {
    /** {@return the page's address in the site} */
    String address() {
      String page = file.replaceAll("\\.md$", ".html");
      return page.replaceAll("(^|/)README\\.html$", "$1index.html");
    }
  }

  static final Navigation ALL =
      new Navigation(
          List.of(
              group(
                  "Use it",
                  "README.md|Kintsugi",
                  "docs/install.md|Install",
                  "docs/using.md|From the command line",
                  "docs/learn.md|Learn from your images",
                  "docs/data.md|Data sets",
                  "docs/line.md|On a line",
                  "docs/cluster.md|On a cluster",
                  "docs/java.md|From Java",
                  "docs/interop.md|Other programs' models",
                  "weights/README.md|Weights"),
              group(
                  "The book",
                  "docs/book/README.md|Contents",
                  "docs/book/1-task.md|I: the task",
                  "docs/book/2-padim.md|II: PaDiM",
                  "docs/book/3-patchcore.md|III: PatchCore",
                  "docs/book/4-resnet.md|IV: ResNet-18",
                  "docs/ladder.md|V: the ladder",
                  "docs/book/6-floats.md|VI: floating point",
                  "docs/book/glossary.md|Glossary and letters",
                  "docs/lessons.md|Pages to play with",
                  "docs/exercises.md|Exercises"),
              group(
                  "The packages",
                  "docs/reading.md|Map",
                  "docs/packages/tensor.md|tensor",
                  "docs/packages/image.md|image",
                  "docs/packages/weights.md|weights",
                  "docs/packages/engine.md|engine",
                  "docs/packages/tornado.md|tornado",
                  "docs/packages/backbone.md|backbone",
                  "docs/packages/scoremap.md|scoremap",
                  "docs/packages/metric.md|metric",
                  "docs/packages/dataset.md|dataset",
                  "docs/packages/detector.md|detector",
                  "docs/packages/padim.md|padim",
                  "docs/packages/patchcore.md|patchcore",
                  "docs/packages/kintsugi.md|Kintsugi",
                  "docs/packages/experiment.md|experiment",
                  "docs/packages/learn.md|learn",
                  "docs/packages/audit.md|audit",
                  "docs/packages/report.md|report",
                  "docs/packages/cli.md|cli"),
              group(
                  "Reference",
                  "docs/recipes.md|Recipes",
                  "docs/variants.md|Their effect",
                  "docs/results.md|Results",
                  "docs/audit.md|Audit",
                  "docs/model-file.md|Model file",
                  "docs/performance.md|Time and digits",
                  "docs/benchmarks.md|Benchmarks"),
              group(
                  "The project",
                  "CHANGELOG.md|Changes",
                  "CONTRIBUTING.md|Contributing",
                  "docs/release.md|Releases",
                  "SECURITY.md|Security",
                  "THIRD-PARTY.md|Libraries")));

  private static Group group(String title, String... pages) {
    return new Group(
        title,
        List.of(pages).stream().map(p -> p.split("\\|")).map(p -> new Entry(p[0], p[1])).toList());
  }

  /** {@return all pages, from the first to the last} */
  List<Entry> pages() {
    return groups.stream().flatMap(group -> group.pages.stream()).toList();
  }
}
