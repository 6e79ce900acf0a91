/** Events of a watched folder to a broker of MQTT 3.1.1, by HiveMQ's client. */
package kintsugi.mqtt;
