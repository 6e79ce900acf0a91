package kintsugi.bench;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import java.util.List;
import kintsugi.tensor.Tensor;

/** The same layers in PyTorch, by DJL. Its weights are random: for time they are as good. */
final class TorchBackbone implements Backbone {
  private final NDManager manager;
  private final Model model;
  private final Predictor<NDList, NDList> predictor;
  private final NDList input;

  TorchBackbone(Tensor images, int threads) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    Shape shape = new Shape(images.dim(0), 3, images.dim(1), images.dim(2));
    Block network = network();
    network.initialize(manager, ai.djl.ndarray.types.DataType.FLOAT32, shape);
    model = Model.newInstance("resnet18", Device.cpu(), "PyTorch");
    model.setBlock(network);
    predictor = model.newPredictor(new NoopTranslator());
    input = new NDList(manager.create(images.data(), shape));
  }

  private static Block network() {
    return new SequentialBlock()
        .add(convolution(64, 7, 2))
        .add(Activation.reluBlock())
        .add(Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1)))
        .add(residual(64, false))
        .add(residual(64, false))
        .add(residual(128, true))
        .add(residual(128, false))
        .add(residual(256, true))
        .add(residual(256, false));
  }

  private static Block residual(int channels, boolean widens) {
    Block inner =
        new SequentialBlock()
            .add(convolution(channels, 3, widens ? 2 : 1))
            .add(Activation.reluBlock())
            .add(convolution(channels, 3, 1));
    Block shortcut = widens ? convolution(channels, 1, 2) : Blocks.identityBlock();
    return new SequentialBlock()
        .add(
            new ParallelBlock(
                lists ->
                    new NDList(
                        lists.get(0).singletonOrThrow().add(lists.get(1).singletonOrThrow())),
                List.of(inner, shortcut)))
        .add(Activation.reluBlock());
  }

  private static Block convolution(int channels, int window, int stride) {
    return Conv2d.builder()
        .setKernelShape(new Shape(window, window))
        .setFilters(channels)
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(window / 2, window / 2))
        .build();
  }

  @Override
  public Object run() {
    try (NDList result = predictor.predict(input)) {
      return result.singletonOrThrow().getFloat(0, 0, 0, 0);
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
    manager.close();
  }
}
