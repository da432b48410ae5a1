package io.towpath.websocket;

/**
 * How a server compresses messages, RFC 7692; off unless given. Immutable; any thread.
 *
 * <p><b>What it costs.</b> Without context takeover an idle connection owns nothing: compressors
 * (about 270 KB each, outside the heap) and decompressors (about 44 KB) come from a pool that the
 * whole process shares, and of each kind at most two per processor are kept. With it each
 * connection keeps 32 KiB of what the peer sent, and a compressor of its own while it sends; that
 * one is given back after a minute in which nothing was compressed.
 *
 * @param threshold messages shorter than this many bytes are sent as they are; 1,024 by default, as
 *     in the reference
 * @param contextTakeover whether a message may refer to earlier ones, if the client agrees: better
 *     compression of many alike messages, for the memory above; false by default
 */
public record DeflateOptions(int threshold, boolean contextTakeover) {
  /** The defaults of a server that has compression turned on. */
  public static final DeflateOptions DEFAULTS = new DeflateOptions(1024, false);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the threshold is negative
   */
  public DeflateOptions {
    if (threshold < 0) {
      throw new IllegalArgumentException("threshold must not be negative: " + threshold);
    }
  }
}
