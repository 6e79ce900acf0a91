package kintsugi.weights;

import java.io.IOException;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The proxy that the environment names, as other programs read it: {@code https_proxy} or {@code
 * all_proxy}, in either case, unless {@code no_proxy} excludes the host. Java itself knows only its
 * own properties ({@code https.proxyHost}), which go first.
 *
 * @param type of {@code http} or {@code socks}
 * @param host its name
 * @param port its port
 * @param user {@code name:password}, or null
 */
record WebProxy(Proxy.Type type, String host, int port, String user) {
  private static final int HTTP_PORT = 80;
  private static final int SOCKS_PORT = 1080;

  /**
   * {@return the proxy for an address; empty where there is none, or Java has its own}
   *
   * @throws InputException if a variable does not name a proxy
   */
  static Optional<WebProxy> of(URI address, Map<String, String> environment) {
    if (isSetInJava(address) || isExcluded(address.getHost(), environment)) {
      return Optional.empty();
    }
    // HTTP_PROXY is what a web server makes of a request's header, so only the small one counts.
    String scheme = scheme(address);
    return Stream.of(scheme + "_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        .filter(name -> !name.equals("HTTPS_PROXY") || scheme.equals("https"))
        .filter(name -> !environment.getOrDefault(name, "").isBlank())
        .findFirst()
        .map(name -> parse(name, environment.get(name).strip()));
  }

  /** {@return whether Java's own properties name a proxy for an address} */
  static boolean isSetInJava(URI address) {
    return System.getProperty(scheme(address) + ".proxyHost") != null
        || System.getProperty("socksProxyHost") != null
        || Boolean.getBoolean("java.net.useSystemProxies");
  }

  private static String scheme(URI address) {
    return String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
  }

  private static boolean isExcluded(String host, Map<String, String> environment) {
    String names = environment.getOrDefault("no_proxy", environment.getOrDefault("NO_PROXY", ""));
    String wanted = "." + host.toLowerCase(Locale.ROOT);
    return Stream.of(names.toLowerCase(Locale.ROOT).split("[,\\s]+"))
        .map(name -> name.startsWith("*.") ? name.substring(1) : name)
        .filter(name -> !name.isEmpty())
        .anyMatch(
            name -> name.equals("*") || wanted.endsWith(name.startsWith(".") ? name : "." + name));
  }

  private static WebProxy parse(String variable, String value) {
    try {
      URI proxy = URI.create(value.contains("://") ? value : "http://" + value);
      String scheme = scheme(proxy);
      boolean socks = scheme.startsWith("socks");
      if (proxy.getHost() != null && (socks || scheme.equals("http"))) {
        int usual = socks ? SOCKS_PORT : HTTP_PORT;
        return new WebProxy(
            socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP,
            proxy.getHost(),
            proxy.getPort() < 0 ? usual : proxy.getPort(),
            proxy.getUserInfo());
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new InputException(
        "the environment variable "
            + variable
            + " does not name a proxy of http or socks; write http://HOST:PORT, or unset it");
  }

  /** {@return a connection to an address through this proxy, not established yet} */
  HttpURLConnection open(URI address) throws IOException {
    Proxy proxy = new Proxy(type, new InetSocketAddress(host, port));
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection(proxy);
    if (user != null) {
      connection.setAuthenticator(new Login(host, user));
    }
    return connection;
  }

  /** The name and password for the proxy, and for no other host. */
  private static final class Login extends Authenticator {
    private final String proxy;
    private final String user;

    private Login(String proxy, String user) {
      this.proxy = proxy;
      this.user = user;
    }

    @Override
    protected PasswordAuthentication getPasswordAuthentication() {
      if (getRequestorType() != RequestorType.PROXY || !proxy.equals(getRequestingHost())) {
        return null;
      }
      String[] parts = user.split(":", 2);
      String password = parts.length < 2 ? "" : parts[1];
      return new PasswordAuthentication(parts[0], password.toCharArray());
    }
  }
}
