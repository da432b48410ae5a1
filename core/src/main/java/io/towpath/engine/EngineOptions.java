package io.towpath.engine;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Options of the engine: intervals and bounds. Immutable; any thread. */
public final class EngineOptions {
  private final long pingInterval;
  private final long pingTimeout;
  private final long upgradeTimeout;
  private final long closeTimeout;
  private final int maxPayload;
  private final Set<TransportName> transports;
  private final boolean allowUpgrades;
  private final boolean allowEio3;
  private final @Nullable MessageBatch initialPacket;
  private final int maxSessions;
  private final long maxOutboundBytes;
  private final long maxTotalOutboundBytes;
  private final SlowConsumer slowConsumer;

  private final ResumeOptions resume;

  private EngineOptions(Builder builder) {
    pingInterval = builder.pingInterval;
    pingTimeout = builder.pingTimeout;
    upgradeTimeout = builder.upgradeTimeout;
    closeTimeout = builder.closeTimeout;
    maxPayload = builder.maxPayload;
    transports = Set.copyOf(builder.transports);
    allowUpgrades = builder.allowUpgrades;
    allowEio3 = builder.allowEio3;
    initialPacket = builder.initialPacket;
    maxSessions = builder.maxSessions;
    maxOutboundBytes = builder.maxOutboundBytes;
    maxTotalOutboundBytes = builder.maxTotalOutboundBytes;
    // A window that ends before the client can have noticed the loss would be of no use.
    long window = Math.max(builder.resume.window(), pingInterval + pingTimeout + 10_000);
    resume = builder.resume.withWindow(Duration.ofMillis(window));
    slowConsumer = builder.slowConsumer;
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the defaults. */
  public static EngineOptions defaults() {
    return new Builder().build();
  }

  /** Returns milliseconds from a pong to the next ping. */
  public long pingInterval() {
    return pingInterval;
  }

  /** Returns milliseconds that the peer has to answer a ping. */
  public long pingTimeout() {
    return pingTimeout;
  }

  /** Returns milliseconds that an unfinished upgrade lives. */
  public long upgradeTimeout() {
    return upgradeTimeout;
  }

  /** Returns milliseconds that a closing session waits for what is queued and for the peer. */
  public long closeTimeout() {
    return closeTimeout;
  }

  /** Returns the largest message or body taken from a peer, in bytes. */
  public int maxPayload() {
    return maxPayload;
  }

  /** Returns the transports that may be used. */
  public Set<TransportName> transports() {
    return transports;
  }

  /** Returns whether the handshake offers an upgrade from polling. */
  public boolean allowUpgrades() {
    return allowUpgrades;
  }

  /** Returns whether revision 3 of the protocol is spoken beside revision 4. */
  public boolean allowEio3() {
    return allowEio3;
  }

  /** Returns the message that every session begins with, or null if there is none. */
  public @Nullable MessageBatch initialPacket() {
    return initialPacket;
  }

  /** Returns how many sessions there may be at once. */
  public int maxSessions() {
    return maxSessions;
  }

  /** Returns how many bytes may wait for one peer. */
  public long maxOutboundBytes() {
    return maxOutboundBytes;
  }

  /** Returns how many bytes may wait for all peers together. */
  public long maxTotalOutboundBytes() {
    return maxTotalOutboundBytes;
  }

  /** Returns what happens when more waits for a peer than may. */
  public SlowConsumer slowConsumer() {
    return slowConsumer;
  }

  /** Returns the options of resumable sessions; the window as it is in earnest. */
  public ResumeOptions resume() {
    return resume;
  }

  /** Returns whether a request that opens a session opens a resumable one. */
  public boolean isResumable(HandshakeRequest request) {
    return resume.enabled()
        && request.protocol() == 4
        && "1".equals(request.rawParameter("towpath"))
        && !request.wantsBase64()
        && request.parameter("j") == null;
  }

  /** Collects options; {@link #build} checks them. Not thread safe. */
  public static final class Builder {
    private long pingInterval = 25_000;
    private long pingTimeout = 20_000;
    private long upgradeTimeout = 10_000;
    private long closeTimeout = 30_000;
    private int maxPayload = 1_000_000;
    private Set<TransportName> transports = EnumSet.allOf(TransportName.class);
    private boolean allowUpgrades = true;
    private boolean allowEio3;
    private @Nullable MessageBatch initialPacket;
    private int maxSessions = 100_000;
    private long maxOutboundBytes = 4L << 20;
    private SlowConsumer slowConsumer = SlowConsumer.DISCONNECT;
    private long maxTotalOutboundBytes = Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4);

    private ResumeOptions resume = ResumeOptions.defaults();

    private Builder() {}

    /** Sets the pause between a pong and the next ping; default 25 s. */
    public Builder pingInterval(Duration interval) {
      pingInterval = millis("pingInterval", interval);
      return this;
    }

    /** Sets how long a pong may take; default 20 s. */
    public Builder pingTimeout(Duration timeout) {
      pingTimeout = millis("pingTimeout", timeout);
      return this;
    }

    /** Sets how long an upgrade may stay unfinished; default 10 s. */
    public Builder upgradeTimeout(Duration timeout) {
      upgradeTimeout = millis("upgradeTimeout", timeout);
      return this;
    }

    /** Sets how long a closing session waits for queued messages to leave; default 30 s. */
    public Builder closeTimeout(Duration timeout) {
      closeTimeout = millis("closeTimeout", timeout);
      return this;
    }

    /** Sets the largest message or body that a peer may send, in bytes; default 1,000,000. */
    public Builder maxPayload(int bytes) {
      maxPayload = Math.toIntExact(positive("maxPayload", bytes));
      return this;
    }

    /** Sets the transports that may be used; default all. */
    public Builder transports(Set<TransportName> names) {
      if (names.isEmpty()) {
        throw new IllegalArgumentException("transports: at least one is needed");
      }
      transports = names;
      return this;
    }

    /** Sets whether polling sessions are offered an upgrade; default true. */
    public Builder allowUpgrades(boolean allow) {
      allowUpgrades = allow;
      return this;
    }

    /**
     * Sets whether clients of revision 3, which are those of Socket.IO 1 and 2, are let in; default
     * false. A request that names no revision, or an unknown one, is then taken for revision 3, as
     * the reference does.
     */
    public Builder allowEio3(boolean allow) {
      allowEio3 = allow;
      return this;
    }

    /**
     * Sets a message that follows the handshake of every session at once, on polling in the same
     * answer; default none.
     */
    public Builder initialPacket(MessageBatch message) {
      initialPacket = message;
      return this;
    }

    /** Sets how many sessions there may be at once; more are refused with 503; default 100,000. */
    public Builder maxSessions(int sessions) {
      maxSessions = Math.toIntExact(positive("maxSessions", sessions));
      return this;
    }

    /**
     * Sets how many bytes may wait for one peer that does not read; past it {@link #slowConsumer}
     * decides. One message alone may be larger. Default 4 MiB.
     */
    public Builder maxOutboundBytes(long bytes) {
      maxOutboundBytes = positive("maxOutboundBytes", bytes);
      return this;
    }

    /**
     * Sets how many bytes may wait for all peers together; past it {@link #slowConsumer} decides
     * for each session that is sent more and has more than 64 KiB waiting. Default a quarter of the
     * heap, at least 64 MiB.
     */
    public Builder maxTotalOutboundBytes(long bytes) {
      maxTotalOutboundBytes = positive("maxTotalOutboundBytes", bytes);
      return this;
    }

    /**
     * Sets what happens when more waits for a peer than may; default {@link
     * SlowConsumer#DISCONNECT}, by which the session ends with {@code transport error}.
     */
    public Builder slowConsumer(SlowConsumer policy) {
      slowConsumer = Objects.requireNonNull(policy, "slowConsumer");
      return this;
    }

    /** Sets the options of resumable sessions; default {@link ResumeOptions#defaults}. */
    public Builder resume(ResumeOptions options) {
      resume = Objects.requireNonNull(options, "resume");
      return this;
    }

    /** Returns the options. */
    public EngineOptions build() {
      return new EngineOptions(this);
    }

    private static long millis(String option, Duration duration) {
      return positive(option, Objects.requireNonNull(duration, option).toMillis());
    }

    private static long positive(String option, long value) {
      if (value <= 0) {
        throw new IllegalArgumentException(option + " must be more than zero");
      }
      return value;
    }
  }
}
