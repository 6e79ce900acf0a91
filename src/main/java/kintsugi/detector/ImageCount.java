package kintsugi.detector;

/**
 * The count of images for a progress display. Work is done a batch at a time and counted image by
 * image: an image is done when its features are computed; where it is scored too, half of it is
 * done then, and the other half when its result was taken. Several threads may count.
 */
final class ImageCount {
  private final Progress.Bar bar;
  private final boolean scores;
  private int told;

  /** Images of the batches that have ended. */
  private int over;

  /** Images of the batch under way, and the tiles of each. */
  private int images;

  private int tiles = 1;

  /** Tiles of the batch whose features are computed, and images whose results were handed out. */
  private int withFeatures;

  private int handedOut;

  private ImageCount(Progress.Bar bar, boolean scores) {
    this.bar = bar;
    this.scores = scores;
  }

  /** A count that nobody sees. */
  static ImageCount silent() {
    return of(Progress.SILENT.start("", 0));
  }

  /** The count of images that end as features. */
  static ImageCount of(Progress.Bar bar) {
    return new ImageCount(bar, false);
  }

  /** The count of images that are scored. */
  static ImageCount ofScored(Progress.Bar bar) {
    return new ImageCount(bar, true);
  }

  /**
   * Begins a batch.
   *
   * @param count its images, also those that could not be read
   * @param tilesOfEach in which the backbone gets each of them
   */
  synchronized void begin(int count, int tilesOfEach) {
    end();
    images = count;
    tiles = tilesOfEach;
    withFeatures = 0;
    handedOut = 0;
  }

  /** Ends the batch, all of whose images are done. */
  synchronized void end() {
    over += images;
    images = 0;
    tell(0);
  }

  /**
   * Counts tiles whose features are computed; those of images that are scored again add nothing.
   */
  synchronized void features(int more) {
    withFeatures = Math.min(withFeatures + more, images * tiles);
    tellBatch();
  }

  /** Counts a result that is handed out; the one before it was taken. */
  synchronized void handOut() {
    handedOut++;
    tellBatch();
  }

  /** The last image of a batch is done when the batch is. */
  private void tellBatch() {
    int done = withFeatures / tiles;
    if (scores) {
      done = (done + Math.max(0, handedOut - 1)) / 2;
    }
    tell(Math.min(done, images - 1));
  }

  private void tell(int ofBatch) {
    int done = over + ofBatch;
    if (done > told) {
      bar.advance(done - told);
      told = done;
    }
  }
}
