import java.nio.file.Path
import kintsugi.*
import kintsugi.backbone.*
import kintsugi.detector.*
import kintsugi.engine.*
import kintsugi.engine.scalar.*
import kintsugi.image.*
import kintsugi.metric.*
import kintsugi.padim.*
import kintsugi.patchcore.*
import kintsugi.scoremap.*
import kintsugi.tensor.*
import kintsugi.weights.*
Path home = Path.of(System.getProperty("kintsugi.home", ""))
var found = WeightsLocator.find(null, home)
Weights weights = found.isPresent() ? Weights.read(found.get()) : ResNet.randomWeights(1)
Kintsugi kintsugi = Kintsugi.builder().weights(weights).open()
Engine engine = kintsugi.session().engine()
Parallel parallel = kintsugi.session().parallel()
Engine plain = new ScalarEngine(parallel)
System.out.println(ResNet.name(weights) + " with " + found.map(f -> "the weights of " + f).orElse("random weights, since none are here (./kintsugi weights fetch)"))
System.out.println("Here are: kintsugi, weights, engine (" + engine.name() + "), plain (the specification), parallel. Type for example:")
System.out.println("  double[] a = {4, 2, 5}                                       // the lower triangle of {{4, 2}, {2, 5}}")
System.out.println("  Cholesky.factor(a, 2); a                                     // that of its factor L")
System.out.println("  kintsugi.session().backbone(List.of(\"layer1\")).run(Tensor.zeros(1, 224, 224, 3)).get(\"layer1\")")
