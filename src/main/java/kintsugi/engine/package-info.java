/** The arithmetic: one interface, a scalar specification, and faster engines tested against it. */
package kintsugi.engine;
