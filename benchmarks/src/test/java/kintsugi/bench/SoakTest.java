package kintsugi.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import kintsugi.bench.SoakFaults.Kind;
import kintsugi.bench.SoakRequests.Wrong;
import org.junit.jupiter.api.Test;

class SoakTest {
  @Test
  void aLongRunWithoutAKindOfFaultIsNotRight() {
    Map<Kind, LongAdder> made = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      made.put(kind, new LongAdder());
      if (kind != Kind.FULL_DISK) {
        made.get(kind).increment();
      }
    }
    assertEquals(Optional.of("not made in 3600 s: FULL_DISK"), Soak.missing(made, 3600));
    assertEquals(Optional.empty(), Soak.missing(made, 60));
    made.get(Kind.FULL_DISK).increment();
    assertEquals(Optional.empty(), Soak.missing(made, 3600));
  }

  @Test
  void theEndExplainsARefusalAndSilenceButNotAWrongAnswer() {
    assertTrue(Soak.explainedByEnd(new Wrong("refused", 503)));
    assertTrue(Soak.explainedByEnd(new IOException("connection reset")));
    assertTrue(Soak.explainedByEnd(new UncheckedIOException(new IOException("closed"))));
    assertFalse(Soak.explainedByEnd(new Wrong("a score of 0.503, not 0.5")));
    assertFalse(Soak.explainedByEnd(new Wrong("broken", 500)));
    assertFalse(Soak.explainedByEnd(new NullPointerException()));
  }

  @Test
  void anAnswerOverTheWireHasItsStatusAndNoneIsSilence() throws IOException {
    assertEquals(503, SoakRequests.status("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    assertEquals(500, SoakRequests.status("HTTP/1.1 500 Internal Server Error\r\n\r\n503"));
    assertThrows(IOException.class, () -> SoakRequests.status(""));
    assertThrows(Wrong.class, () -> SoakRequests.status("503"));
  }
}
