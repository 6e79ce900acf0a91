/** Events of a watched folder to a broker of MQTT. */
module kintsugi.mqtt {
  requires kintsugi;
  requires com.hivemq.client.mqtt;

  // Of the client, which as an automatic module cannot say so itself.
  requires jdk.unsupported;
  requires org.jctools.core;

  provides kintsugi.serve.EventSender.Provider with
      kintsugi.mqtt.MqttProvider;
}
