import kintsugi.*
var kintsugi = Kintsugi.open()
var model = kintsugi.fit("padim", Path.of(System.getProperty("good")))
var prediction = kintsugi.predict(model, Path.of(System.getProperty("image")))
javax.imageio.ImageIO.write(prediction.heatMap(), "png", new File(System.getProperty("out")))
System.out.println(prediction.score() + " " + prediction.verdict())
kintsugi.close()
/exit
