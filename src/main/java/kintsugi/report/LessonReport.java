package kintsugi.report;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.lesson.Playable;
import kintsugi.lesson.Topic;

/** A playable page, {@code NAME.html}. */
public final class LessonReport {
  /** The book, to which the page links: a page may be anywhere, and the book is not in it. */
  private static final String BOOK =
      "https://github.com/kintsugi-vision/kintsugi/blob/main/docs/book/";

  private LessonReport() {}

  /** The data of the page's script. */
  private record Contents(
      String book,
      String command,
      int learnt,
      List<String> compared,
      Object numbers,
      List<String> images) {}

  /**
   * {@return the folder of the page, open; pages of other topics in it stay}
   *
   * @param folder where it goes
   * @param topic of the page
   * @param read images, which are never replaced
   * @throws kintsugi.InputException if it cannot be written, or has another's file of the page's
   *     name
   */
  public static OutputFolder open(Path folder, Topic topic, Collection<Path> read) {
    return OutputFolder.of(
        folder, "lesson-" + topic.name(), List.of(file(topic)), List.copyOf(read));
  }

  /**
   * {@return the name of the page's file}
   *
   * @param topic of the page
   */
  public static String file(Topic topic) {
    return topic.name() + ".html";
  }

  /**
   * Writes the page.
   *
   * @param out where it goes
   * @param topic of the page
   * @param command the command line that makes it again
   * @param playable the page's numbers
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(OutputFolder out, Topic topic, String command, Playable playable) {
    Contents contents =
        new Contents(
            BOOK,
            command,
            playable.learnt(),
            playable.compared().stream().map(TraceReport::name).toList(),
            playable.numbers(),
            playable.images().stream().map(image -> Encoded.url(image.toImage(), "jpeg")).toList());
    String name = "lesson-" + topic.name();
    out.write(file(topic), file -> Page.write(file, name, List.of("lesson", name), contents, ""));
    out.commit();
  }
}
