package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.awt.image.BufferedImage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import kintsugi.detector.Prediction;
import kintsugi.image.ColourScale;
import kintsugi.image.Decoding;
import kintsugi.image.HeatMap;
import kintsugi.image.ImageSource;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/**
 * The last hundred answers in memory. The newest have their image as it came and their score map,
 * as far as all of them stay below a bound; older ones have a thumbnail.
 */
final class History {
  /** How many answers are kept. */
  static final int COUNT = 100;

  private final long bound;
  private final Optional<HistoryFolder> folder;
  private final String prefix = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
  private final AtomicLong next = new AtomicLong();
  private final Deque<Entry> entries = new ArrayDeque<>();

  /**
   * An empty history.
   *
   * @param bound bytes of all images and maps
   * @param folder keeps answers and images on the disk, if there is one
   */
  History(long bound, Optional<HistoryFolder> folder) {
    this.bound = bound;
    this.folder = folder;
  }

  /**
   * What a score map needs to be drawn again.
   *
   * @param map {@code [H, W]}; NaN where it was not looked at
   * @param transform between map and image
   * @param colours of its values
   * @param decoding of the image
   */
  record Drawing(Tensor map, MapTransform transform, ColourScale colours, Decoding decoding) {
    static Drawing of(Prediction prediction, Decoding decoding) {
      return new Drawing(
          prediction.drawnMap(), prediction.transform(), prediction.colours(), decoding);
    }

    BufferedImage over(ImageSource image) {
      Pixels pixels = image.read(decoding);
      return HeatMap.overlay(pixels, map, transform, colours);
    }
  }

  /**
   * An answer as it is listed.
   *
   * @param id by which it is found again
   * @param answer the answer
   * @param thumbnail a small JPEG as a URL, once it is looked at
   * @param truth what a person said of the image: {@code good}, {@code bad}, or null
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Listed(String id, @JsonUnwrapped Answer answer, Thumbnail thumbnail, String truth) {}

  /** An answer, its image, and its map while there is room for them. */
  static final class Entry {
    private final Listed listed;
    private byte[] image;
    private Drawing drawing;
    private volatile String truth;

    Entry(Listed listed, byte[] image, Drawing drawing) {
      this.listed = listed;
      this.image = image;
      this.drawing = drawing;
    }

    Listed listed() {
      return new Listed(listed.id, listed.answer, listed.thumbnail, truth);
    }

    /** {@return the image as it came; empty when it had to make room} */
    synchronized Optional<byte[]> image() {
      return Optional.ofNullable(image);
    }

    synchronized Optional<Drawing> drawing() {
      return Optional.ofNullable(drawing);
    }

    private synchronized long bytes() {
      return image == null ? 0 : image.length + (long) Float.BYTES * drawing.map.size();
    }

    private synchronized void makeRoom() {
      image = null;
      drawing = null;
    }
  }

  /** Ends what is done for the folder at intervals. */
  void close() {
    folder.ifPresent(HistoryFolder::close);
  }

  /** {@return the id of the next answer} */
  String nextId() {
    return prefix + "-" + next.incrementAndGet();
  }

  /**
   * Adds an answer and its image.
   *
   * @param tell tells of it, in the order of the answers
   */
  void add(Listed listed, byte[] image, Drawing drawing, Runnable tell) {
    remember(new Entry(listed, image, drawing), tell);
    folder.ifPresent(place -> place.add(listed, image));
  }

  /** Adds an answer, and lets go of what is beyond the bounds. */
  private synchronized void remember(Entry entry, Runnable tell) {
    entries.addFirst(entry);
    if (entries.size() > COUNT) {
      entries.removeLast();
    }
    long bytes = 0;
    for (Entry each : entries) {
      bytes += each.bytes();
      if (bytes > bound) {
        each.makeRoom();
      }
    }
    tell.run();
  }

  /** Records what a person says of an image, and returns the answer with that. */
  Listed judge(Entry entry, String truth) {
    entry.truth = truth;
    Listed listed = entry.listed();
    folder.ifPresent(place -> place.judged(listed));
    return listed;
  }

  /** {@return the newest answers, newest first} */
  synchronized List<Listed> newest(int limit) {
    return entries.stream().limit(limit).map(Entry::listed).toList();
  }

  /** {@return the answers after one, oldest first; all that are kept if it is not among them} */
  synchronized List<Listed> after(String id) {
    List<Listed> later = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.listed.id.equals(id)) {
        break;
      }
      later.addFirst(entry.listed());
    }
    return later;
  }

  /**
   * {@return the answer of an id}
   *
   * @throws Refusal if it is not there any more
   */
  synchronized Entry find(String id) {
    return entries.stream()
        .filter(entry -> entry.listed.id.equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new Refusal(
                    Refusal.NOT_FOUND,
                    "the history does not have this answer; it keeps the last " + COUNT));
  }
}
