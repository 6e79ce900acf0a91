/** The line: a server, a watched folder and their page, on the library's door alone. */
package kintsugi.serve;
