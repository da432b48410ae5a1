package io.towpath.websocket;

/** Which end of a connection this is. The client masks what it sends; the server must not. */
public enum Role {
  /** The end that answered the opening handshake. */
  SERVER,
  /** The end that opened the connection. */
  CLIENT
}
