package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** One line of the journal of a watched folder. Its names say which kind it is. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(JournalLine.Identity.class),
  @JsonSubTypes.Type(JournalLine.Done.class),
  @JsonSubTypes.Type(JournalLine.Moved.class),
  @JsonSubTypes.Type(JournalLine.Sent.class)
})
sealed interface JournalLine {

  /**
   * The first line.
   *
   * @param seq the number of the last image or event before it
   * @param journal the identity of the journal
   */
  record Identity(long seq, String journal) implements JournalLine {}

  /**
   * An image that has its answer.
   *
   * @param seq the number of the image or event, from 1
   * @param path of the image, which makes it known
   * @param size of its file in bytes
   * @param modified of its file, in nanoseconds since 1970
   * @param sha256 of its content
   * @param target the file below the output folder that it is moved to; null where it stays
   * @param resultsAt the size of the results before the lines; null like what follows where nothing
   *     is to be appended any more
   * @param lines for the results
   * @param tableAt the size of the table before the row
   * @param row for the table
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Done(
      long seq,
      String path,
      long size,
      long modified,
      String sha256,
      String target,
      Long resultsAt,
      String lines,
      Long tableAt,
      String row)
      implements JournalLine {

    /** The same image under another time of change, or without what was appended for it. */
    Done bare(long size, long modified) {
      return new Done(seq, path, size, modified, sha256, null, null, null, null, null);
    }
  }

  /**
   * An image that has been moved.
   *
   * @param moved its number
   */
  record Moved(long moved) implements JournalLine {}

  /**
   * What a receiver of events has.
   *
   * @param channel the name of the receiver
   * @param sentTo how many bytes of the results it has received
   */
  record Sent(String channel, long sentTo) implements JournalLine {}
}
