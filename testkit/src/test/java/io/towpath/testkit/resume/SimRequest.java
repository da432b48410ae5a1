package io.towpath.testkit.resume;

import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One HTTP request of the client through the {@link Network}, and its copies on the way. */
final class SimRequest {
  /** What the client hears of its request; nothing after an answer, an error, or its own abort. */
  interface Answer {
    /** The whole answer is here. */
    void onAnswer(int status, String body);

    /** There will be none. */
    void onFailure();

    /** A part of a streamed answer is here. */
    default void onChunk(String text) {}

    /** A streamed answer has ended. */
    default void onEnd() {}
  }

  private final Network network;
  private final World world;
  private final String method;
  private final byte[] body;
  private final Answer answer;
  private final boolean tornBodiesCount;
  private final List<Runnable> aborts = new ArrayList<>();
  private boolean done;

  /**
   * Sends a request.
   *
   * @param tornBodiesCount a planted fault: a body that was cut off is taken for a whole one
   */
  SimRequest(
      Network network,
      String method,
      String body,
      Answer answer,
      boolean tornBodiesCount,
      Consumer<PollExchange> server) {
    this.network = network;
    this.world = network.world;
    this.method = method;
    this.body = body.getBytes(StandardCharsets.UTF_8);
    this.answer = answer;
    this.tornBodiesCount = tornBodiesCount;
    if (network.isDark() || network.losesRequest()) {
      fail();
      return;
    }
    double base = network.delay() + network.lag();
    if (network.duplicates()) {
      double second = base + world.between(0, world.happens(.5) ? 50 : network.delayMax);
      boolean firstAnswers = world.happens(.6);
      world.log("~~ duplicated " + method);
      copy(base, firstAnswers, server);
      copy(second, !firstAnswers, server);
    } else {
      copy(base, true, server);
    }
  }

  /** The client gives the request up; the server may hear of it. */
  void abort() {
    if (!done) {
      done = true;
      for (Runnable abort : aborts) {
        if (!network.leavesHalfOpen()) {
          world.after(network.delay(), abort);
        }
      }
    }
  }

  private void fail() {
    network.tellFailure(
        () -> {
          if (!done) {
            done = true;
            answer.onFailure();
          }
        });
  }

  private void copy(double delay, boolean forwarded, Consumer<PollExchange> server) {
    Copy copy = new Copy(forwarded);
    if (forwarded) {
      aborts.add(copy::abort);
    }
    world.after(delay, () -> copy.arrive(server));
  }

  /** One copy of the request, at the server. */
  private final class Copy implements PollExchange, Network.Stallable {
    private final boolean forwarded;
    private boolean torn;
    private boolean over;
    private boolean silent;
    private double last;
    private @Nullable Runnable abortAction;
    private @Nullable SimStream stream;

    Copy(boolean forwarded) {
      this.forwarded = forwarded;
    }

    void arrive(Consumer<PollExchange> server) {
      if (network.isDark()) {
        if (forwarded) {
          fail();
        }
        return;
      }
      if (over) {
        return;
      }
      network.add(this);
      if (method.equals("POST") && network.breaksBody()) {
        torn = true;
        if (forwarded) {
          fail();
        }
      }
      server.accept(this);
    }

    @Override
    public void stall(double until) {
      last = Math.max(last, until);
    }

    @Override
    public void silence() {
      silent = true;
    }

    private void abort() {
      if (!over) {
        over = true;
        network.remove(this);
        SimStream body = stream;
        Runnable action = abortAction;
        if (body != null) {
          body.over = true;
          body.events.onClosed();
        } else if (action != null) {
          action.run();
        }
      }
    }

    private boolean finish() {
      if (over) {
        return false;
      }
      over = true;
      network.remove(this);
      return true;
    }

    @Override
    public String method() {
      return method;
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public void receive(int limit, Body to) {
      if (torn && !tornBodiesCount) {
        over = true;
        network.remove(this);
        to.aborted();
      } else if (torn) {
        to.complete(Arrays.copyOf(body, world.number(0, Math.max(0, body.length - 1))));
      } else if (body.length > limit) {
        to.tooLarge();
      } else {
        to.complete(body);
      }
    }

    @Override
    public void respond(PollResponse response) {
      if (!finish() || !forwarded || silent) {
        return;
      }
      if (network.isDark() || network.losesAnswer()) {
        fail();
        return;
      }
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      response.body().forEach(whole::writeBytes);
      String text = whole.toString(StandardCharsets.UTF_8);
      double delay = Math.max(last - world.now(), 0) + network.delay() + network.lag();
      world.after(
          delay,
          () -> {
            if (!done) {
              done = true;
              answer.onAnswer(response.status(), text);
            }
          });
    }

    @Override
    public void destroy() {
      if (finish() && forwarded) {
        fail();
      }
    }

    @Override
    public void onAbort(Runnable action) {
      abortAction = action;
    }

    @Override
    public Stream stream(Map<String, String> headers, StreamEvents events) {
      SimStream begun = new SimStream(this, events);
      stream = begun;
      return begun;
    }
  }

  /** A streamed answer on its way. */
  private final class SimStream implements PollExchange.Stream {
    private final Copy copy;
    private final PollExchange.StreamEvents events;

    /** What a proxy holds back until the end; null if none does. */
    private @Nullable StringBuilder held;

    private boolean over;
    private boolean cut;
    private boolean tail;

    SimStream(Copy copy, PollExchange.StreamEvents events) {
      this.copy = copy;
      this.events = events;
      if (network.buffers()) {
        held = new StringBuilder();
      } else if (network.buffersLate()) {
        world.after(world.between(0, 20e3), () -> held = held == null ? new StringBuilder() : held);
      }
      if (network.cutsStream()) {
        world.after(network.timeToCut(), this::cut);
      }
    }

    private void cut() {
      if (!network.isHostile() || over || cut) {
        return;
      }
      cut = true;
      int deaf = network.leavesHalfOpen() ? world.number(1, 2) : 0;
      if (deaf != 1 && copy.forwarded) {
        world.after(world.between(0, 500), this::endAtClient);
      }
      if (deaf != 2) {
        world.after(world.between(0, 500), copy::abort);
      }
    }

    private void endAtClient() {
      if (!done) {
        done = true;
        answer.onEnd();
      }
    }

    @Override
    public boolean isWritable() {
      return !over;
    }

    @Override
    public void write(List<byte[]> pieces) {
      if (over || !copy.forwarded || copy.silent) {
        return;
      }
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      pieces.forEach(whole::writeBytes);
      String text = whole.toString(StandardCharsets.UTF_8);
      if (held != null) {
        held.append(text);
        return;
      }
      copy.last = Math.max(copy.last, world.now() + network.delay());
      world.after(
          copy.last - world.now(),
          () -> {
            if (done) {
              return;
            }
            if (!cut) {
              answer.onChunk(text);
            } else if (!tail) {
              // The cut was somewhere in this text.
              tail = true;
              answer.onChunk(text.substring(0, world.number(0, text.length())));
            }
          });
    }

    @Override
    public void end() {
      if (over) {
        return;
      }
      over = true;
      copy.finish();
      if (!copy.forwarded || copy.silent) {
        return;
      }
      copy.last = Math.max(copy.last, world.now() + network.delay());
      StringBuilder late = held;
      world.after(
          copy.last - world.now(),
          () -> {
            if (done || cut) {
              return;
            }
            if (late != null) {
              answer.onChunk(late.toString());
            }
            endAtClient();
          });
    }

    @Override
    public void destroy() {
      over = true;
      copy.finish();
    }
  }
}
