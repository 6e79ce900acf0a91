/** The engine on a GPU, through TornadoVM. */
module kintsugi.tornado {
  requires kintsugi;
  requires tornado.api;

  // TornadoVM calls a task's method handle reflectively; its runtime is not there at compile time.
  opens kintsugi.tornado;

  provides kintsugi.engine.EngineProvider with
      kintsugi.tornado.TornadoProvider;
}
