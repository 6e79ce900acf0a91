package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebProxyTest {
  private static final URI HTTPS = URI.create("https://download.example.org/x.pth");
  private static final URI HTTP = URI.create("http://download.example.org/x.pth");

  @Test
  void theEnvironmentNamesAProxyInSeveralWays() {
    assertThat(WebProxy.of(HTTPS, Map.of())).isEmpty();
    assertThat(WebProxy.of(HTTPS, Map.of("https_proxy", " http://proxy:3128/ ")))
        .contains(new WebProxy(Proxy.Type.HTTP, "proxy", 3128, null));
    assertThat(WebProxy.of(HTTPS, Map.of("HTTPS_PROXY", "proxy:3128")))
        .contains(new WebProxy(Proxy.Type.HTTP, "proxy", 3128, null));
    assertThat(WebProxy.of(HTTPS, Map.of("https_proxy", "", "all_proxy", "socks5h://me:a:b@proxy")))
        .contains(new WebProxy(Proxy.Type.SOCKS, "proxy", 1080, "me:a:b"));
    assertThat(WebProxy.of(HTTP, Map.of("http_proxy", "http://proxy")))
        .contains(new WebProxy(Proxy.Type.HTTP, "proxy", 80, null));
    assertThat(WebProxy.of(HTTP, Map.of("https_proxy", "proxy:1", "HTTP_PROXY", "proxy:1")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "example.org, true",
    "*.example.org, true",
    ".ORG, true",
    "'other.org, download.example.org', true",
    "*, true",
    "load.example.org, false",
    "org.download, false"
  })
  void someHostsAreExcluded(String names, boolean excluded) {
    Map<String, String> environment = Map.of("https_proxy", "proxy:3128", "no_proxy", names);
    assertThat(WebProxy.of(HTTPS, environment).isEmpty()).isEqualTo(excluded);
  }

  @Test
  void javasOwnPropertiesGoFirst() {
    System.setProperty("https.proxyHost", "another");
    try {
      assertThat(WebProxy.of(HTTPS, Map.of("https_proxy", "proxy:3128"))).isEmpty();
    } finally {
      System.clearProperty("https.proxyHost");
    }
  }

  @ParameterizedTest
  @CsvSource({"https://proxy:3128", "http://a b", "'http://me:secret@:80'"})
  void whatIsNotAProxyIsRefusedWithoutItsPassword(String value) {
    assertThatThrownBy(() -> WebProxy.of(HTTPS, Map.of("https_proxy", value)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("https_proxy does not name a proxy")
        .hasMessageNotContaining("secret");
  }
}
