package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.InputException;
import kintsugi.image.Region;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionFileTest {
  @TempDir private Path dir;

  private Region read(String json) throws IOException {
    Path file = Files.writeString(dir.resolve("roi.json"), json);
    return RegionFile.read(file, 1_000_000);
  }

  @Test
  void polygonsAreIncludedAndExcluded() throws IOException {
    Region region =
        read(
            "{\"width\": 100, \"height\": 60, \"include\": [[[10, 10], [50, 10], [50, 50], [10,"
                + " 50]], [[90,0],[100,0],[100,60],[90,60]]],"
                + " \"exclude\": [[[20.0, 20], [30, 20], [30, 30], [20, 30]]]}");
    assertThat(region.width()).isEqualTo(100);
    assertThat(region.height()).isEqualTo(60);
    assertThat(region.count()).isEqualTo(40 * 40 + 10 * 60 - 100);
    assertThat(region.at(10, 10)).isTrue();
    assertThat(region.at(25, 25)).isFalse();
    assertThat(region.at(95, 59)).isTrue();
  }

  @Test
  void withoutIncludeEverythingElseIsIn() throws IOException {
    Region region = read("{\"width\":10,\"height\":10,\"exclude\":[[[0,0],[10,0],[10,3],[0,3]]]}");
    assertThat(region.count()).isEqualTo(70);
  }

  @Test
  void labelMesPolygonsAndRectanglesAreRead() throws IOException {
    Region region =
        read(
            "{\"version\":\"5.4\",\"flags\":{},\"imagePath\":\"a.jpg\",\"imageData\":null,"
                + "\"imageWidth\":40,\"imageHeight\":20,\"shapes\":["
                + "{\"label\":\"part\",\"points\":[[30,18],[10,2]],\"shape_type\":\"rectangle\"},"
                + "{\"label\":\"Ignore\",\"points\":[[10,2],[12,2],[12,4],[10,4]],"
                + "\"group_id\":null}]}");
    assertThat(region.count()).isEqualTo(20 * 16 - 4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1, 2]                                                          | not an object",
        "{\"width\":10,\"height\":10                                     | ends in the middle",
        "{\"height\":10,\"include\":[[[0,0],[1,0],[1,1]]]}               | has no width",
        "{\"width\":10,\"height\":0,\"include\":[[[0,0],[1,0],[1,1]]]}   | height is 0",
        "{\"width\":1.5,\"height\":9,\"include\":[[[0,0],[1,0],[1,1]]]}  | width is 1.5",
        "{\"width\":10,\"height\":10}                                    | has no polygon",
        "{\"width\":10,\"height\":10,\"include\":{}}                     | include is not a list",
        "{\"width\":10,\"height\":10,\"include\":[[[0,0],[9,9]]]}        | 2 points where 3",
        "{\"width\":10,\"height\":10,\"include\":[[0,0,5,5]]}            | a point is 0, not [x, y]",
        "{\"width\":10,\"height\":10,\"include\":[[[0,0],[5,\"a\"],[1,1]]]} | a point is [5, a]",
        "{\"width\":10,\"height\":10,\"include\":[[[0,0],[11,0],[1,1]]]} | [11, 0] is outside of 10x10",
        "{\"width\":10,\"height\":10,\"include\":[[[0,0],[-1,0],[1,1]]]} | [-1, 0] is outside of 10x10",
        "{\"width\":9,\"height\":9,\"includes\":[],\"exclude\":[]}       | it has includes",
        "{\"imageWidth\":9,\"imageHeight\":9,\"shapes\":[{\"shape_type\":\"circle\",\"points\":[[1,1],[2,2]]}]} | is a circle",
      })
  void whatIsWrongIsOneLine(String json, String expected) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(dir.resolve("roi.json") + ": is not a region (")
        .hasMessageContaining(expected)
        .hasMessageNotContaining("\n");
  }
}
