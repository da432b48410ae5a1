package io.towpath.socket;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.towpath.adapter.Adapter;
import io.towpath.adapter.LocalAdapter;
import io.towpath.adapter.RecoveryOptions;
import io.towpath.adapter.SessionAwareAdapter;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Options of the event layer: bounds, timeouts, JSON, and where handlers run. Immutable; any
 * thread.
 */
public final class SocketOptions {
  private final long connectTimeout;
  private final int maxNamespaces;
  private final int maxChildNamespaces;
  private final boolean cleanupEmptyChildNamespaces;
  private final int maxAttachments;
  private final long maxAttachmentBytes;
  private final long attachmentTimeout;
  private final int maxPendingAcks;
  private final int maxInboxMessages;
  private final long maxInboxBytes;
  private final int maxJsonDepth;
  private final int maxJsonStringLength;
  private final int maxJsonNumberLength;
  private final Adapter.@Nullable Factory adapter;
  private final @Nullable RecoveryOptions recovery;
  private final SocketParser parser;
  private final ObjectMapper mapper;
  private final @Nullable Executor handlers;
  private final boolean inline;

  private SocketOptions(Builder builder) {
    connectTimeout = builder.connectTimeout;
    maxNamespaces = builder.maxNamespaces;
    maxChildNamespaces = builder.maxChildNamespaces;
    cleanupEmptyChildNamespaces = builder.cleanupEmptyChildNamespaces;
    maxAttachments = builder.maxAttachments;
    maxAttachmentBytes = builder.maxAttachmentBytes;
    attachmentTimeout = builder.attachmentTimeout;
    maxPendingAcks = builder.maxPendingAcks;
    maxInboxMessages = builder.maxInboxMessages;
    maxInboxBytes = builder.maxInboxBytes;
    maxJsonDepth = builder.maxJsonDepth;
    maxJsonStringLength = builder.maxJsonStringLength;
    maxJsonNumberLength = builder.maxJsonNumberLength;
    adapter = builder.adapter;
    recovery = builder.recovery;
    parser = builder.parser;
    mapper =
        builder.mapper != null
            ? builder.mapper
            : JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
    handlers = builder.handlers;
    inline = builder.inline;
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the defaults. */
  public static SocketOptions defaults() {
    return new Builder().build();
  }

  /** Returns milliseconds that a session has to join a namespace. */
  public long connectTimeout() {
    return connectTimeout;
  }

  /** Returns how many namespaces a session may be in at once. */
  public int maxNamespaces() {
    return maxNamespaces;
  }

  /** Returns how many namespaces clients may bring into being. */
  public int maxChildNamespaces() {
    return maxChildNamespaces;
  }

  /** Returns whether a namespace that a client brought into being ends with its last socket. */
  public boolean cleanupEmptyChildNamespaces() {
    return cleanupEmptyChildNamespaces;
  }

  /** Returns how many attachments a packet may have. */
  public int maxAttachments() {
    return maxAttachments;
  }

  /** Returns how many bytes the attachments of a packet may have together. */
  public long maxAttachmentBytes() {
    return maxAttachmentBytes;
  }

  /** Returns milliseconds that the attachments of a packet may take to arrive. */
  public long attachmentTimeout() {
    return attachmentTimeout;
  }

  /** Returns how many acks a socket may wait for at once. */
  public int maxPendingAcks() {
    return maxPendingAcks;
  }

  /** Returns how many events may wait for a socket's handlers before reading pauses. */
  public int maxInboxMessages() {
    return maxInboxMessages;
  }

  /** Returns how many bytes of events may wait for a socket's handlers before reading pauses. */
  public long maxInboxBytes() {
    return maxInboxBytes;
  }

  /** Returns how deep JSON may nest. */
  public int maxJsonDepth() {
    return maxJsonDepth;
  }

  /** Returns how long a JSON string may be, in characters. */
  public int maxJsonStringLength() {
    return maxJsonStringLength;
  }

  /** Returns how many characters a JSON number may have. */
  public int maxJsonNumberLength() {
    return maxJsonNumberLength;
  }

  /** Returns what keeps the rooms of each namespace; null means in memory. */
  Adapter.@Nullable Factory adapter() {
    return adapter;
  }

  /** Returns what is kept for clients that come back; null means nothing. */
  public @Nullable RecoveryOptions connectionStateRecovery() {
    return recovery;
  }

  /** Returns how packets look on the wire. */
  public SocketParser parser() {
    return parser;
  }

  ObjectMapper mapper() {
    return mapper;
  }

  /** Returns where handlers run; null means the server's choice. */
  public @Nullable Executor handlers() {
    return handlers;
  }

  /** Returns whether handlers run on the I/O thread. */
  public boolean inline() {
    return inline;
  }

  /** Collects options; {@link #build} checks them. Not thread safe. */
  public static final class Builder {
    private long connectTimeout = 45_000;
    private int maxNamespaces = 100;
    private int maxChildNamespaces = 10_000;
    private boolean cleanupEmptyChildNamespaces;
    private int maxAttachments = 10;
    private long maxAttachmentBytes = 10_000_000;
    private long attachmentTimeout = 30_000;
    private int maxPendingAcks = 10_000;
    private int maxInboxMessages = 1_000;
    private long maxInboxBytes = 4L << 20;
    private int maxJsonDepth = 100;
    private int maxJsonStringLength = 10_000_000;
    private int maxJsonNumberLength = 100;
    private Adapter.@Nullable Factory adapter;
    private @Nullable RecoveryOptions recovery;
    private SocketParser parser = SocketParser.json();
    private @Nullable ObjectMapper mapper;
    private @Nullable Executor handlers;
    private boolean inline;

    private Builder() {}

    /**
     * Sets how long a session may stay without a namespace before it is closed; default 45 s.
     * Counted once.
     */
    public Builder connectTimeout(Duration timeout) {
      connectTimeout = positive("connectTimeout", timeout.toMillis());
      return this;
    }

    /** Sets how many namespaces a session may be in at once; more are refused; default 100. */
    public Builder maxNamespaces(int namespaces) {
      maxNamespaces = Math.toIntExact(positive("maxNamespaces", namespaces));
      return this;
    }

    /**
     * Sets how many namespaces clients may bring into being where {@link SocketIo#of(Pattern)} or a
     * rule lets them; the next one is refused; default 10,000.
     */
    public Builder maxChildNamespaces(int namespaces) {
      maxChildNamespaces = Math.toIntExact(positive("maxChildNamespaces", namespaces));
      return this;
    }

    /**
     * Sets whether a namespace that a client brought into being ends when its last socket has left,
     * or has been refused; default false, as the reference.
     */
    public Builder cleanupEmptyChildNamespaces(boolean cleanup) {
      cleanupEmptyChildNamespaces = cleanup;
      return this;
    }

    /** Sets how many attachments a received packet may have; default 10, as the reference. */
    public Builder maxAttachments(int attachments) {
      maxAttachments = Math.toIntExact(positive("maxAttachments", attachments));
      return this;
    }

    /**
     * Sets how many bytes the attachments of a received packet may have together; default
     * 10,000,000.
     */
    public Builder maxAttachmentBytes(long bytes) {
      maxAttachmentBytes = positive("maxAttachmentBytes", bytes);
      return this;
    }

    /** Sets how long the attachments of a packet may take to arrive; default 30 s. */
    public Builder attachmentTimeout(Duration timeout) {
      attachmentTimeout = positive("attachmentTimeout", timeout.toMillis());
      return this;
    }

    /** Sets how many acks a socket may wait for at once; more fail at once; default 10,000. */
    public Builder maxPendingAcks(int acks) {
      maxPendingAcks = Math.toIntExact(positive("maxPendingAcks", acks));
      return this;
    }

    /**
     * Sets how many events may wait for a socket's handlers; past it reading pauses; default 1,000.
     */
    public Builder maxInboxMessages(int messages) {
      maxInboxMessages = Math.toIntExact(positive("maxInboxMessages", messages));
      return this;
    }

    /**
     * Sets how many bytes of events may wait for a socket's handlers; past it reading pauses;
     * default 4 MiB.
     */
    public Builder maxInboxBytes(long bytes) {
      maxInboxBytes = positive("maxInboxBytes", bytes);
      return this;
    }

    /** Sets how deep received JSON may nest; default 100. */
    public Builder maxJsonDepth(int depth) {
      maxJsonDepth = Math.toIntExact(positive("maxJsonDepth", depth));
      return this;
    }

    /** Sets how long a received JSON string may be, in characters; default 10,000,000. */
    public Builder maxJsonStringLength(int characters) {
      maxJsonStringLength = Math.toIntExact(positive("maxJsonStringLength", characters));
      return this;
    }

    /** Sets how many characters a received JSON number may have; default 100. */
    public Builder maxJsonNumberLength(int characters) {
      maxJsonNumberLength = Math.toIntExact(positive("maxJsonNumberLength", characters));
      return this;
    }

    /**
     * Lets clients that were away for a short time go on where they were: they get the events that
     * they have missed, and their sockets have the same id, rooms and data. Default: off, as in the
     * reference. It costs memory for events that nobody may ever miss, and every event that is not
     * volatile and wants no answer has an offset as its last argument.
     */
    public Builder connectionStateRecovery(UnaryOperator<RecoveryOptions.Builder> change) {
      recovery = change.apply(RecoveryOptions.builder()).build();
      return this;
    }

    /**
     * Sets what keeps the rooms of each namespace; default: in memory, {@link SessionAwareAdapter}
     * if connection state recovery is on, otherwise {@link LocalAdapter}.
     */
    public Builder adapter(Adapter.Factory factory) {
      adapter = factory;
      return this;
    }

    /**
     * Sets how packets look on the wire; clients need the same parser. Default {@link
     * SocketParser#json}.
     */
    public Builder parser(SocketParser newParser) {
      parser = newParser;
      return this;
    }

    /**
     * Sets the mapper that knows your types. It is copied; bounds and the treatment of binary
     * values are added to the copy. Default: a plain one that ignores unknown members.
     */
    public Builder json(ObjectMapper newMapper) {
      mapper = newMapper;
      return this;
    }

    /**
     * Runs handlers on an executor of your own. Handlers of one socket still run one at a time and
     * in order. Default: virtual threads where the JVM has them, otherwise the server's worker
     * threads.
     */
    public Builder handlers(Executor executor) {
      handlers = executor;
      inline = false;
      return this;
    }

    /**
     * Runs handlers on the I/O threads: the fastest way, for handlers that never block. One that
     * does holds up every client of its thread.
     */
    public Builder inlineHandlers() {
      handlers = null;
      inline = true;
      return this;
    }

    /** Returns the options. */
    public SocketOptions build() {
      return new SocketOptions(this);
    }

    private static long positive(String option, long value) {
      if (value <= 0) {
        throw new IllegalArgumentException(option + " must be more than zero");
      }
      return value;
    }
  }
}
