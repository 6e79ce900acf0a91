package kintsugi.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import kintsugi.AtomicOutput;
import kintsugi.InputException;

/**
 * A text file that lines are appended to. A process that is killed, or a disk that is full, may
 * leave a part of a line at its end, which {@link #redo} and {@link #cut} mend.
 */
final class LineFile implements AutoCloseable {
  private static final int BLOCK = 1 << 13;

  private final Path file;
  private final FileChannel channel;
  private long end;

  private LineFile(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.end = channel.size();
  }

  /**
   * {@return the file, created where there is none}
   *
   * @param file the file
   * @throws InputException if it cannot be written
   */
  static LineFile open(Path file) {
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      return new LineFile(file, channel);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  Path file() {
    return file;
  }

  /** {@return the bytes of whole lines, after which the next is written} */
  long end() {
    return end;
  }

  /** Appends whole lines; they are not on the disk before {@link #force}. */
  void append(String lines) {
    byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
    try {
      write(bytes, end);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
    end += bytes.length;
  }

  private void write(byte[] bytes, long at) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest, at + rest.position());
    }
  }

  /** Waits until everything is on the disk. */
  void force() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /**
   * Writes again the lines that were to be appended last, as far as they are missing. A file that
   * ends before their place is another one, which somebody put there or nobody: it is left as it
   * is.
   *
   * @param at the bytes before the lines
   * @param lines what was to be appended
   */
  void redo(long at, String lines) {
    if (end >= at && end < at + lines.getBytes(StandardCharsets.UTF_8).length) {
      truncate(at);
      append(lines);
    }
  }

  /** Removes what follows the last line feed. */
  void cut() {
    try {
      truncate(afterLastLineFeed());
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  private long afterLastLineFeed() throws IOException {
    for (long stop = end; stop > 0; stop -= BLOCK) {
      long start = Math.max(0, stop - BLOCK);
      ByteBuffer block = ByteBuffer.allocate((int) (stop - start));
      while (block.hasRemaining() && channel.read(block, start + block.position()) >= 0) {}
      for (int i = block.position() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return start + i + 1;
        }
      }
    }
    return 0;
  }

  private void truncate(long size) {
    try {
      channel.truncate(size);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
    end = size;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /** The one line that a file that cannot be written ends with. */
  static InputException cannotWrite(Path file, IOException e) {
    return new InputException(
        file
            + ": cannot be written ("
            + AtomicOutput.reason(e)
            + "); make room or allow it, and start again: nothing is lost",
        e);
  }
}
