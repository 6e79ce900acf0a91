/** The commands. */
package kintsugi.cli;
