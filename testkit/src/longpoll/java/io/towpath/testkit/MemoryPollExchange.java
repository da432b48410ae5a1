package io.towpath.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request without HTTP. The test plays the client: it sends the body, in parts if it likes,
 * goes away when it likes, and looks at the answer. What a server could not do for the transport
 * (answer twice, read twice) is kept in {@link #violations}. Any thread.
 */
public final class MemoryPollExchange implements PollExchange {
  private final String method;

  @GuardedBy("this")
  private final Map<String, String> headers = new TreeMap<>();

  @GuardedBy("this")
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();

  @GuardedBy("this")
  private final List<String> violations = new ArrayList<>();

  private final CompletableFuture<PollResponse> answer = new CompletableFuture<>();

  /** Who waits for the body; null before {@link #receive} and after it has been told. */
  @GuardedBy("this")
  private @Nullable Body reader;

  /** The largest body that {@link #reader} takes. */
  @GuardedBy("this")
  private int limit;

  /** Whether {@link #receive} has been called. */
  @GuardedBy("this")
  private boolean read;

  /** Whether the client has sent the whole body. */
  @GuardedBy("this")
  private boolean bodyEnded;

  /** Whether the client has gone. */
  @GuardedBy("this")
  private boolean aborted;

  /** Whether {@link #respond} or {@link #destroy} has been called. */
  @GuardedBy("this")
  private boolean ended;

  @GuardedBy("this")
  private boolean destroyed;

  @GuardedBy("this")
  private @Nullable Runnable abortAction;

  /** The answer that goes on; null if it is none of that kind. */
  @GuardedBy("this")
  private @Nullable MemoryStream answering;

  private MemoryPollExchange(String method) {
    this.method = method;
  }

  /** Creates a request without a body, for example {@code GET}. */
  public static MemoryPollExchange of(String method) {
    MemoryPollExchange exchange = new MemoryPollExchange(method);
    exchange.endBody();
    return exchange;
  }

  /** Creates a POST with its whole body. */
  public static MemoryPollExchange post(byte[] body) {
    MemoryPollExchange exchange = openPost();
    exchange.sendBody(body);
    exchange.endBody();
    return exchange;
  }

  /** Creates a POST with a body of text. */
  public static MemoryPollExchange post(String body) {
    return post(body.getBytes(StandardCharsets.UTF_8));
  }

  /** Creates a POST whose body is still to come. */
  public static MemoryPollExchange openPost() {
    return new MemoryPollExchange("POST");
  }

  /** Sets a request header; called before the request is brought to the transport. */
  @CanIgnoreReturnValue
  public synchronized MemoryPollExchange withHeader(String name, String value) {
    headers.put(name.toLowerCase(Locale.ROOT), value);
    return this;
  }

  /** The client sends a part of the body. */
  public void sendBody(byte[] part) {
    synchronized (this) {
      received.writeBytes(part);
    }
    tellReader();
  }

  /** The client has sent the whole body. */
  public void endBody() {
    synchronized (this) {
      bodyEnded = true;
    }
    tellReader();
  }

  /** The client goes away. Nothing happens if it has been answered already. */
  public void abort() {
    Runnable action;
    synchronized (this) {
      if (ended) {
        return;
      }
      aborted = true;
      action = abortAction;
      abortAction = null;
    }
    tellReader();
    if (action != null) {
      action.run();
    }
  }

  /** Returns whether it has been answered. */
  public boolean isAnswered() {
    return answer.isDone() && !answer.isCompletedExceptionally();
  }

  /** Returns whether its connection has been cut without an answer. */
  public synchronized boolean isDestroyed() {
    return destroyed;
  }

  /** Returns whether the client went away before its answer. */
  public synchronized boolean isAborted() {
    return aborted;
  }

  /**
   * Returns the answer.
   *
   * @throws IllegalStateException if there is none
   */
  public PollResponse response() {
    if (!isAnswered()) {
      throw new IllegalStateException("not answered");
    }
    return answer.join();
  }

  /** Returns the answer to come; it fails when the connection is cut. */
  public CompletableFuture<PollResponse> answer() {
    return answer;
  }

  /** Runs an action at the moment of the answer, on the thread that answers. */
  public void onAnswer(Runnable action) {
    CompletableFuture<?> unused = answer.thenRun(action);
  }

  /** Returns the status of the answer. */
  public int status() {
    return response().status();
  }

  /** Returns the body of the answer in one piece. */
  public byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    response().body().forEach(whole::writeBytes);
    return whole.toByteArray();
  }

  /** Returns the body of the answer as text. */
  public String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** Returns what the transport did that no server allows; empty if all was well. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public synchronized @Nullable String header(String name) {
    return headers.get(name.toLowerCase(Locale.ROOT));
  }

  @Override
  public void receive(int limit, Body body) {
    synchronized (this) {
      if (read) {
        violations.add("body read twice");
        return;
      }
      read = true;
      reader = body;
      this.limit = limit;
    }
    tellReader();
  }

  private void tellReader() {
    Body told;
    Runnable outcome;
    synchronized (this) {
      told = reader;
      if (told == null) {
        return;
      }
      if (aborted) {
        outcome = told::aborted;
      } else if (received.size() > limit) {
        outcome = told::tooLarge;
      } else if (bodyEnded) {
        byte[] bytes = received.toByteArray();
        outcome = () -> told.complete(bytes);
      } else {
        return;
      }
      reader = null;
    }
    outcome.run();
  }

  @Override
  public void respond(PollResponse response) {
    if (end("answered twice")) {
      answer.complete(response);
    }
  }

  @Override
  public Stream stream(Map<String, String> headers, StreamEvents events) {
    MemoryStream stream = new MemoryStream(headers, events);
    synchronized (this) {
      if (answering != null || ended) {
        violations.add("answered twice");
      }
      answering = stream;
    }
    onAbort(stream::lost);
    return stream;
  }

  /**
   * Returns the answer that goes on.
   *
   * @throws IllegalStateException if there is none
   */
  public synchronized MemoryStream streamed() {
    MemoryStream stream = answering;
    if (stream == null) {
      throw new IllegalStateException("not answered with a stream");
    }
    return stream;
  }

  /** Returns whether it is answered with a stream. */
  public synchronized boolean isStreamed() {
    return answering != null;
  }

  /** The body of an answer that goes on, as its client gets it. */
  public final class MemoryStream implements Stream {
    private final Map<String, String> headers;
    private final StreamEvents events;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    /** Whether the network takes what is written. */
    private boolean taking = true;

    private boolean over;
    private Consumer<String> reader = text -> {};
    private Runnable onEnd = () -> {};

    private MemoryStream(Map<String, String> headers, StreamEvents events) {
      this.headers = Map.copyOf(headers);
      this.events = events;
    }

    /** Returns the headers of the answer. */
    public Map<String, String> headers() {
      return headers;
    }

    /** Hears every write as text, and the end of the body, from now on. */
    public void onWrite(Consumer<String> newReader, Runnable newOnEnd) {
      synchronized (MemoryPollExchange.this) {
        reader = newReader;
        onEnd = newOnEnd;
      }
    }

    /** Returns what has been written since the last call. */
    public String take() {
      synchronized (MemoryPollExchange.this) {
        String text = written.toString(StandardCharsets.UTF_8);
        written.reset();
        return text;
      }
    }

    /** Lets the network take what is written, or not. */
    public void setTaking(boolean newTaking) {
      synchronized (MemoryPollExchange.this) {
        taking = newTaking;
      }
      if (newTaking) {
        events.onWritable();
      }
    }

    /** Returns whether the body has ended, or was cut. */
    public boolean isOver() {
      synchronized (MemoryPollExchange.this) {
        return over;
      }
    }

    private void lost() {
      synchronized (MemoryPollExchange.this) {
        over = true;
      }
      events.onClosed();
    }

    @Override
    public boolean isWritable() {
      synchronized (MemoryPollExchange.this) {
        return taking && !over;
      }
    }

    @Override
    public void write(List<byte[]> pieces) {
      ByteArrayOutputStream together = new ByteArrayOutputStream();
      pieces.forEach(together::writeBytes);
      Consumer<String> to;
      synchronized (MemoryPollExchange.this) {
        if (over) {
          return;
        }
        written.writeBytes(together.toByteArray());
        to = reader;
      }
      to.accept(together.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void end() {
      Runnable told;
      synchronized (MemoryPollExchange.this) {
        if (over) {
          return;
        }
        over = true;
        ended = true;
        abortAction = null;
        told = onEnd;
      }
      told.run();
    }

    @Override
    public void destroy() {
      end();
    }
  }

  @Override
  public void destroy() {
    if (end("destroyed after its answer")) {
      synchronized (this) {
        destroyed = true;
      }
      answer.completeExceptionally(new IllegalStateException("connection cut"));
    }
  }

  /** Returns whether this is the end; a second one is a violation unless the client has gone. */
  private synchronized boolean end(String violation) {
    if (ended) {
      violations.add(violation);
      return false;
    }
    ended = true;
    abortAction = null;
    return !aborted;
  }

  @Override
  public void onAbort(Runnable action) {
    synchronized (this) {
      if (ended) {
        return;
      }
      if (!aborted) {
        abortAction = action;
        return;
      }
    }
    action.run();
  }
}
