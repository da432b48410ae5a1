package io.towpath.longpoll;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;

/**
 * The bounds and choices of the polling transport. Immutable; any thread.
 *
 * @param maxBodyBytes largest body of a POST in bytes; one more is answered 413 and the session
 *     lives on. Default 1,000,000, the reference's {@code maxHttpBufferSize}, announced to clients
 *     as {@code maxPayload}
 * @param maxPayloadPackets most packets in one POST; one more ends the session with a parse error
 *     after the others have been delivered. Default 65,536: the official client puts all that it
 *     has into one POST, so a low bound would cut off honest clients, while with this one the
 *     smallest possible packets weigh about twice the largest body
 * @param closeTimeout how long a closed session waits for a GET that can be told so. Default 30
 *     seconds, as the reference
 * @param httpCompression whether payloads are compressed for clients that accept gzip or deflate.
 *     Default true, as the reference
 * @param compressionThreshold smallest payload in bytes that is compressed. Default 1,024, as the
 *     reference
 * @param jsonp whether clients may ask for JSONP, which no rule about origins can restrict. Default
 *     false; the reference always allows it
 * @param writeTimeout how long the network may take nothing of a stream before its connection is
 *     cut. Default 30 seconds
 */
public record PollingOptions(
    int maxBodyBytes,
    int maxPayloadPackets,
    Duration closeTimeout,
    boolean httpCompression,
    int compressionThreshold,
    boolean jsonp,
    Duration writeTimeout) {
  private static final PollingOptions DEFAULTS =
      new PollingOptions(
          1_000_000, 65_536, Duration.ofSeconds(30), true, 1024, false, Duration.ofSeconds(30));

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if a size or count is not positive, or the timeout or the
   *     threshold negative
   */
  public PollingOptions {
    if (maxBodyBytes < 1) {
      throw new IllegalArgumentException("maxBodyBytes must be at least 1: " + maxBodyBytes);
    }
    if (maxPayloadPackets < 1) {
      throw new IllegalArgumentException(
          "maxPayloadPackets must be at least 1: " + maxPayloadPackets);
    }
    if (closeTimeout.isNegative()) {
      throw new IllegalArgumentException("closeTimeout must not be negative: " + closeTimeout);
    }
    if (writeTimeout.isNegative() || writeTimeout.isZero()) {
      throw new IllegalArgumentException("writeTimeout must be more than zero: " + writeTimeout);
    }
    if (compressionThreshold < 0) {
      throw new IllegalArgumentException(
          "compressionThreshold must not be negative: " + compressionThreshold);
    }
  }

  /** Returns the defaults. */
  public static PollingOptions defaults() {
    return DEFAULTS;
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return DEFAULTS.toBuilder();
  }

  /** Starts from these values. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Collects options; confined to one thread. */
  public static final class Builder {
    private int maxBodyBytes;
    private int maxPayloadPackets;
    private Duration closeTimeout;
    private boolean httpCompression;
    private int compressionThreshold;
    private boolean jsonp;
    private Duration writeTimeout;

    private Builder(PollingOptions options) {
      maxBodyBytes = options.maxBodyBytes;
      maxPayloadPackets = options.maxPayloadPackets;
      closeTimeout = options.closeTimeout;
      httpCompression = options.httpCompression;
      compressionThreshold = options.compressionThreshold;
      jsonp = options.jsonp;
      writeTimeout = options.writeTimeout;
    }

    /** Sets the largest body of a POST, in bytes, at least 1. */
    @CanIgnoreReturnValue
    public Builder maxBodyBytes(int bytes) {
      maxBodyBytes = bytes;
      return this;
    }

    /** Sets how many packets one POST may bring, at least 1. */
    @CanIgnoreReturnValue
    public Builder maxPayloadPackets(int packets) {
      maxPayloadPackets = packets;
      return this;
    }

    /** Sets how long a closed session waits for a last GET; zero means not at all. */
    @CanIgnoreReturnValue
    public Builder closeTimeout(Duration timeout) {
      closeTimeout = timeout;
      return this;
    }

    /** Sets whether payloads are compressed for clients that accept it. */
    @CanIgnoreReturnValue
    public Builder httpCompression(boolean compress) {
      httpCompression = compress;
      return this;
    }

    /** Sets the smallest payload that is compressed, in bytes, 0 or more. */
    @CanIgnoreReturnValue
    public Builder compressionThreshold(int bytes) {
      compressionThreshold = bytes;
      return this;
    }

    /** Sets whether clients may ask for JSONP. */
    @CanIgnoreReturnValue
    public Builder jsonp(boolean allow) {
      jsonp = allow;
      return this;
    }

    /** Sets how long the network may take nothing of a stream; more than zero. */
    @CanIgnoreReturnValue
    public Builder writeTimeout(Duration timeout) {
      writeTimeout = timeout;
      return this;
    }

    /**
     * Returns the options.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public PollingOptions build() {
      return new PollingOptions(
          maxBodyBytes,
          maxPayloadPackets,
          closeTimeout,
          httpCompression,
          compressionThreshold,
          jsonp,
          writeTimeout);
    }
  }
}
