import java.io.File;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import kintsugi.Kintsugi;

class Main {
  public static void main(String[] arguments) throws Exception {
    try (var kintsugi = Kintsugi.open()) {
      var model = kintsugi.fit("padim", Path.of(arguments[0]));
      var prediction = kintsugi.predict(model, Path.of(arguments[1]));
      ImageIO.write(prediction.heatMap(), "png", new File(arguments[2]));
      System.out.println(prediction.score() + " " + prediction.verdict());
    }
  }
}
