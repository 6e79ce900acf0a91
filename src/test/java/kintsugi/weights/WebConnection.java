package kintsugi.weights;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** A connection through the proxy that the environment names, as downloads of weights have it. */
public final class WebConnection {
  private WebConnection() {}

  /**
   * {@return a connection to an address, not established yet}
   *
   * @throws kintsugi.InputException if a variable does not name a proxy
   */
  public static HttpURLConnection open(URI address, Map<String, String> environment)
      throws IOException {
    Optional<WebProxy> proxy = WebProxy.of(address, environment);
    return proxy.isPresent()
        ? proxy.get().open(address)
        : (HttpURLConnection) address.toURL().openConnection();
  }
}
